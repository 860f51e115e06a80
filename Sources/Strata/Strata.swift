/// What an embedding program imports: `import Strata` brings every module below, and the SIMD backend.
@_exported public import StrataBackend
