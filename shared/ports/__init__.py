"""What the product needs of the world, one Protocol a module. The docstring is the contract."""
