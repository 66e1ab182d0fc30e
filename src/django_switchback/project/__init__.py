"""Select target migrations and split them into parts, as pure functions of the described graph."""
