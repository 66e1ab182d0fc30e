"""The models of a state are those that it has, whatever Django leaves in its registry."""

from __future__ import annotations

from django.db import models
from django.db.migrations import operations
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from django_switchback.worker.state_models import models_of

KEY: tuple[str, models.Field[int, int]] = ("id", models.BigAutoField(primary_key=True))
CREATED: tuple[Operation, ...] = (
    operations.CreateModel("Tag", [KEY]),
    operations.CreateModel("Note", [KEY, ("tags", models.ManyToManyField("blog.Tag"))]),
)


def labels_after(*changes: Operation) -> list[str]:
    """Return the labels of the models after ``changes`` to a state whose models are rendered already."""
    state = ProjectState()
    for operation in CREATED:
        operation.state_forwards("blog", state)
    assert len(models_of(state.apps)) == 3
    for operation in changes:
        operation.state_forwards("blog", state)
    return sorted(model._meta.label for model in models_of(state.apps))


def test_a_deleted_model_takes_the_tables_of_its_relations_with_it() -> None:
    """Django keeps the model of the relation's table in the registry."""
    assert labels_after(operations.DeleteModel("Note")) == ["blog.Tag"]


def test_relations_that_are_left_are_models() -> None:
    """So they are after a reload of either side, and under the new name of their model."""
    assert "blog.Note_tags" in labels_after(operations.AddField("Tag", "word", models.TextField(default="")))
    assert "blog.Entry_tags" in labels_after(operations.RenameModel("Note", "Entry"))
    assert labels_after(operations.RemoveField("Note", "tags")) == ["blog.Note", "blog.Tag"]
