"""Code lists of international trade: countries, currencies, goods, units, modes, terms, numbers."""
