"""Commands for whoever runs an installation, from their own machine; never deployed."""
