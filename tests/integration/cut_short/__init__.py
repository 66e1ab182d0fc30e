"""Steps, runs and connections that end before their time: what they cost, and what stays of them."""
