"""What makes a project adopt Switchback: init, the action, the pytest plugin."""
