public import StrataBackend
