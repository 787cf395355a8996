"""Feature functions: pure, NumPy arrays in and one array out, each declared once with its meaning."""
