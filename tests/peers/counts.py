"""Count finds and false alarms of a tool by group of rules, leaving out what it does not set out to judge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import NamedTuple


class Subject(NamedTuple):
    """A migration whose verdict is known: the last one of an app of ``project``.

    ``rule`` is the rule that has to speak of it if it is a ``hazard``, and must not if it is sound; ``kinds``
    are its operations' names.
    """

    project: str
    app: str
    group: str
    rule: str
    hazard: bool
    previous: str
    target: str
    kinds: frozenset[str]
    hot_tables: tuple[str, ...] = ()
    """What Switchback is told of tables that are always in use: the other tools have no such setting."""


class Score(NamedTuple):
    """How many hazards were found and how many sound migrations objected to, of those that were judged."""

    found: int = 0
    hazards: int = 0
    false: int = 0
    sound: int = 0
    not_judged: int = 0

    def __str__(self) -> str:
        if not (self.hazards or self.sound):
            return "not judged"
        return f"{self.found} of {self.hazards}, {self.false} false of {self.sound}"


class Answers(NamedTuple):
    """What a tool said: codes of ``finds`` and of ``alarms`` by app, and the apps that it ``judged``.

    Finds are counted on hazards, whatever they name; alarms on sound migrations, if their code speaks of the
    group of the migration: ``groups`` holds the groups of each code.
    """

    finds: Mapping[str, AbstractSet[str]]
    alarms: Mapping[str, AbstractSet[str]]
    groups: Mapping[str, AbstractSet[str]]
    judged: AbstractSet[str]

    def found(self, subject: Subject) -> bool:
        """Return whether the hazard of ``subject`` is found."""
        return bool(self.finds.get(subject.app))

    def objected(self, subject: Subject) -> bool:
        """Return whether a sound ``subject`` is objected to for what its group is about."""
        return any(subject.group in self.groups.get(code, ()) for code in self.alarms.get(subject.app, ()))


def count(subjects: Iterable[Subject], answers: Answers) -> Score:
    """Return the score of ``answers`` on ``subjects``."""
    score = Score()
    for subject in subjects:
        if subject.app not in answers.judged:
            score = score._replace(not_judged=score.not_judged + 1)
        elif subject.hazard:
            found = answers.found(subject)
            score = score._replace(hazards=score.hazards + 1, found=score.found + found)
        else:
            objected = answers.objected(subject)
            score = score._replace(sound=score.sound + 1, false=score.false + objected)
    return score


def wrong(subjects: Iterable[Subject], answers: Answers) -> list[str]:
    """Return the hazards that were missed and the sound migrations that were objected to, in words."""
    lines = []
    for subject in subjects:
        if subject.app in answers.judged:
            if subject.hazard and not answers.found(subject):
                lines.append(f"missed {subject.app}")
            elif not subject.hazard and answers.objected(subject):
                lines.append(f"false alarm {subject.app}: {', '.join(sorted(answers.alarms[subject.app]))}")
    return lines
