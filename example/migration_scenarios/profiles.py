"""What ``users.0004_copy_profiles`` promises: every profile is a copy, and rolling back loses none."""

from django_switchback.scenarios import after, before, restored, value_for

MIGRATION = "users.0004_copy_profiles"
MEMBERS = {
    "scenario-fern": ("Ferns, mosses, and *nothing* in flower.", "Göteborg", "https://example.org/ferns"),
    "scenario-quiet": ("", "", None),
}


@value_for("users.User", "location")
def place(chance):
    """Members write where they live in their own way."""
    return chance.choice(["Porto", "Göteborg", "Kyoto, north", "by the sea"])


@before(MIGRATION)
def members_who_said_much_and_little(apps):
    users = apps.get_model("users", "User").objects
    for username, (bio, location, website) in MEMBERS.items():
        users.create(username=username, bio=bio, location=location, website=website)


@after(MIGRATION)
def each_has_a_profile_that_says_the_same(apps):
    profiles = apps.get_model("users", "Profile").objects
    for username, said in MEMBERS.items():
        profile = profiles.get(user__username=username)
        assert (profile.bio, profile.location, profile.website) == said


@restored(MIGRATION)
def no_profile_is_left_and_nothing_is_lost(apps):
    assert not apps.get_model("users", "Profile").objects.filter(user__username__in=MEMBERS).exists()
    users = apps.get_model("users", "User").objects
    for username, said in MEMBERS.items():
        user = users.get(username=username)
        assert (user.bio, user.location, user.website) == said
