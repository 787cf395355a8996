"""Further uses of the data: market, compliance, brands, trade statistics, exchange."""
