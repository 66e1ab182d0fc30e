"""What the cases of ``scenario-fails`` promise, some of which they do not keep."""

import datetime

from django_switchback.scenarios import after, reapplied, restored

TITLE = "Written by the new release"


def notes(apps, case):
    return apps.get_model(f"scenario_fails_{case}", "Note").objects


@after("scenario_fails_unsafe_after.0002_target")
def slugs_have_no_blanks(apps):
    assert not notes(apps, "unsafe_after").filter(slug__contains=" ").exists(), "a slug has a blank in it"


@after("scenario_fails_near_miss_after.0002_target")
def slugs_have_no_blanks_here(apps):
    assert not notes(apps, "near_miss_after").filter(slug__contains=" ").exists(), "a slug has a blank in it"


@after("scenario_fails_clean.0002_target")
def slugs_are_there(apps):
    assert not notes(apps, "clean").filter(slug="").exists(), "a slug is empty"


@after("scenario_fails_unsafe_restored.0002_target")
def one_is_done(apps):
    notes(apps, "unsafe_restored").create(title=TITLE, done=True)


@restored("scenario_fails_unsafe_restored.0002_target")
def its_title_says_so(apps):
    assert notes(apps, "unsafe_restored").filter(title=f"[done] {TITLE}").exists(), (
        "nobody sees that it is done"
    )


@after("scenario_fails_near_miss_restored.0002_target")
def another_is_done(apps):
    notes(apps, "near_miss_restored").create(title=TITLE, done=True)


@restored("scenario_fails_near_miss_restored.0002_target")
def it_is_there(apps):
    assert notes(apps, "near_miss_restored").filter(title=TITLE).exists()


@after("scenario_fails_unsafe_reapplied.0002_target")
def one_is_done_today(apps):
    notes(apps, "unsafe_reapplied").create(title=TITLE, done=datetime.date(2024, 2, 29))


@reapplied("scenario_fails_unsafe_reapplied.0002_target")
def it_still_is(apps):
    assert notes(apps, "unsafe_reapplied").get(title=TITLE).done is not None, "the day is forgotten"
