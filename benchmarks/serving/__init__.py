"""The web servers whose requests are measured: their settings, addresses and views."""
