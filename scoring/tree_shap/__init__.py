"""What each column adds to the score of a row, exactly: the one module that explains trees by itself."""
