from django.db import models


class Note(models.Model):
    title = models.CharField(max_length=80)

    class Meta:
        indexes = [models.Index(fields=["title"], name="gallery_both_title")]
