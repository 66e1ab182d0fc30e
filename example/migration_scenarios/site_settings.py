"""What ``core.0004_fill_site_settings_columns`` promises: columns say what the JSON says."""

from django_switchback.scenarios import after, before, reapplied, restored

MIGRATION = "core.0004_fill_site_settings_columns"


@before(MIGRATION)
def sites_with_options_of_every_kind(apps):
    sites = apps.get_model("core", "SiteSettings").objects
    fitting = {"language": "pt-br", "posts_per_page": 20, "registration_open": False}
    sites.create(domain="fits.example.org", options=fitting)
    sites.create(domain="odd.example.org", options={"language": 7, "posts_per_page": "many"})
    sites.create(domain="chosen.example.org", options={"language": "sv"}, language="de")


@after(MIGRATION)
@reapplied(MIGRATION)
def columns_say_what_fits(apps):
    sites = apps.get_model("core", "SiteSettings").objects
    fitting = sites.get(domain="fits.example.org")
    assert (fitting.language, fitting.posts_per_page, fitting.registration_open) == ("pt-br", 20, False)
    odd = sites.get(domain="odd.example.org")
    assert (odd.language, odd.posts_per_page) == (None, None)
    assert sites.get(domain="chosen.example.org").language == "de"


@restored(MIGRATION)
def columns_are_empty_but_for_what_was_chosen(apps):
    sites = apps.get_model("core", "SiteSettings").objects
    assert sites.get(domain="fits.example.org").language is None
    assert sites.get(domain="chosen.example.org").language == "de"
