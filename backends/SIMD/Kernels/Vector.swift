/// The widest vectors of the instruction set that this module is compiled for.
///
/// Debug builds compile file by file, and what is called across files is not inlined there. So in these sources a
/// function that works on vectors is private to its file, and files call one another for whole tiles only. Generic
/// initializers between vectors of other element types are avoided as well: the compiler may share one specialisation
/// of them between modules, and so between instruction sets (`check-weak-symbols.sh` guards against it).
#if AVX512
typealias V = SIMD16<Float>
typealias U = SIMD16<UInt32>
typealias I = SIMD16<Int32>
typealias D = SIMD8<Double>
#elseif AVX2
typealias V = SIMD8<Float>
typealias U = SIMD8<UInt32>
typealias I = SIMD8<Int32>
typealias D = SIMD4<Double>
#else
typealias V = SIMD4<Float>
typealias U = SIMD4<UInt32>
typealias I = SIMD4<Int32>
typealias D = SIMD2<Double>
#endif
