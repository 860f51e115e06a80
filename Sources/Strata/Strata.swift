/// What an embedding program imports: `import Strata` brings models, layers, data, training, evaluation, runs and the SIMD
/// backend. The words of the compiler and of backends stay behind; who writes a backend imports `StrataBackend`.
@_exported public import enum StrataBackend.Availability
@_exported public import protocol StrataBackend.Backend
@_exported public import struct StrataBackend.BackendConfiguration
@_exported public import struct StrataBackend.BackendRegistry
@_exported public import struct StrataBackend.ConvolutionWindow
@_exported public import enum StrataBackend.DType
@_exported public import struct StrataBackend.Shape
@_exported public import struct StrataBackend.StrataError
@_exported public import enum StrataBackend.Threefry
@_exported public import class StrataCompiler.Function
@_exported public import class StrataCompiler.Session
@_exported public import StrataData
@_exported public import StrataEvaluation
@_exported public import StrataGraph
@_exported public import StrataModels
@_exported public import StrataNN
@_exported public import StrataRuns
@_exported public import StrataSIMD
@_exported public import StrataTraining
@_exported public import StrataWords
