"""The order that a migration is written for."""

from django_switchback.scenarios import before


@before("changed_no_row_near_miss_scenario.0002_target")
def an_abandoned_order(apps):
    orders = apps.get_model("changed_no_row_near_miss_scenario", "Order").objects
    orders.create(state="abandoned-in-2019")
