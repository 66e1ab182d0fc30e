"""Call the body of a post its body.

Purpose: ``post.text`` read like a caption in templates and feeds; the word in use is body.

Risks: code that still says ``text`` breaks at once, in either direction, so the rename and the code that
uses it are deployed in one step, with the site in maintenance. No row is touched.

Rollback: renames the column back; the values stay where they are.

Backup: none needed.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("blog", "0001_initial")]

    operations = [migrations.RenameField("Post", "text", "body")]
