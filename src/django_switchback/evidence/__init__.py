"""The record types of the evidence log: one JSON object a line, each of one of the types below.

The log is all that passes from the workers to the rules, the verdict and the reports. A record states what
was observed, and rules judge it. :func:`json_schema` returns the published format; :func:`encode` and
:func:`decode` are the only functions that write and read it.
"""

from django_switchback.evidence.baseline_file import UnreadableBaseline, read_baseline, write_baseline
from django_switchback.evidence.cache_records import (
    CacheFailed,
    DependenciesDescribed,
    FileRead,
    HistoryTakenFromCache,
    TakenFromCache,
)
from django_switchback.evidence.head_records import (
    BackupCompared,
    BackupStep,
    CheckpointSaved,
    ModelsDrifted,
    SchemaDrifted,
    ScratchFinished,
    SystemChecked,
)
from django_switchback.evidence.interruption_records import InterruptionTried
from django_switchback.evidence.log import (
    AnyRecord,
    decode,
    decode_log,
    encode,
    follow,
    json_schema,
    read,
    write,
)
from django_switchback.evidence.migration_graph import previous_migration
from django_switchback.evidence.record_values import (
    AcknowledgementLimits,
    CheckName,
    ComparedPoint,
    Comparison,
    Difference,
    Direction,
    Failure,
    Keep,
    KnownFinding,
    MigrationFact,
    MigrationName,
    Operation,
    OperationRan,
    Outcome,
    PartRecord,
    Phase,
    Record,
    RowDifference,
    RowExample,
    Rows,
    SeededRow,
    SeveritySetting,
    Shard,
    Statement,
    Value,
)
from django_switchback.evidence.rehearsal_records import (
    BelongsToServer,
    TouchedElsewhere,
    ValuesNotUnderstood,
)
from django_switchback.evidence.run_records import (
    CHECKPOINTS_PART,
    ConnectionLost,
    DatabaseBroken,
    DatabaseStarted,
    MigrationChanged,
    NotCleanedUp,
    NotRun,
    PartFinished,
    ProjectDescribed,
    ProjectRefused,
    ReceiversWrote,
    RunFinished,
    RunStarted,
    RunStopped,
    ShardPlanned,
)
from django_switchback.evidence.statement_records import (
    NewCodeTried,
    OldCodeInDeployWindow,
    OldCodeTried,
    ReleaseMigration,
    RollbackStatements,
    SentStatement,
    StatementTried,
    TwoReleases,
)
from django_switchback.evidence.target_records import (
    Classified,
    Compared,
    Confirmed,
    Covered,
    ExistingRowsLost,
    LiveModelsUsed,
    LiveModelUse,
    MinimalRowsFound,
    Minimising,
    OperationsRan,
    ScenarioRan,
    StepFinished,
    StepStarted,
    UnwindBlocked,
)
from django_switchback.evidence.time_records import Activity, SpentIn, TimeSpent
from django_switchback.evidence.work_records import StatementWork, WorkMeasured
