"""From sources to the feature matrix: intake, lake, history, recipe."""
