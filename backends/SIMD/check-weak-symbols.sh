#!/bin/sh
# Guards two things that the kernels rely on and that no test sees.
#
# No object of the kernels for AVX2 or AVX-512 defines a weak function that another module may define too (one whose
# name has not the module's in it). Of weak functions of one name the linker keeps any one: one that was compiled with
# AVX-512 could end up in code that runs on every processor, and stop it there with an illegal instruction.
#
# No function of theirs takes or gives a vector: that goes through memory, at a multiple of the cost. One that does was
# meant to be inlined.
#
# usage: backends/SIMD/check-weak-symbols.sh [build folder, .build/debug if left out]

set -eu
build=${1:-.build/debug}
nm=$(command -v llvm-nm || command -v nm) || { echo "neither llvm-nm nor nm is installed" >&2; exit 2; }

status=0
for module in StrataKernelsAVX2 StrataKernelsAVX512; do
    objects=$(find "$build/$module.build/" -name '*.o' 2>/dev/null || true)
    if [ -z "$objects" ]; then
        echo "$build/$module.build holds no objects: build first" >&2
        exit 2
    fi
    # shellcheck disable=SC2086
    weak=$("$nm" $objects | grep -E '^[0-9a-f]+ W ' | grep -v "${module#Strata}" || true)
    if [ -n "$weak" ]; then
        echo "weak functions in $module:" >&2
        echo "$weak" >&2
        status=1
    fi
    # shellcheck disable=SC2086
    vectors=$("$nm" $objects | grep -E '^[0-9a-f]+ [tTW] .*SIMD(4|8|16)V' || true)
    if [ -n "$vectors" ]; then
        echo "functions with vectors in $module:" >&2
        echo "$vectors" >&2
        status=1
    fi
done
exit $status
