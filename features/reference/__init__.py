"""Reference tables with validity: what others know of goods, firms, prices and rates, as of each day."""
