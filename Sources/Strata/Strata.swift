/// What an embedding program imports: `import Strata` brings every module below, and the SIMD backend.
@_exported public import StrataBackend
@_exported public import StrataCompiler
@_exported public import StrataData
@_exported public import StrataEvaluation
@_exported public import StrataGraph
@_exported public import StrataModels
@_exported public import StrataNN
@_exported public import StrataRuns
@_exported public import StrataSIMD
@_exported public import StrataTraining
@_exported public import StrataWords
