#if BLAS
import CBLAS

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The number of threads that OpenBLAS uses, of which a process has one for all.
///
/// Products want one and may run side by side; a decomposition sets another number for its time, and nothing else of the
/// library's runs then: it would take that number too, and give other bits.
enum LibraryThreads {
    nonisolated(unsafe) private static let lock: UnsafeMutablePointer<pthread_rwlock_t> = {
        let lock = UnsafeMutablePointer<pthread_rwlock_t>.allocate(capacity: 1)
        lock.initialize(to: pthread_rwlock_t())
        pthread_rwlock_init(lock, nil)
        openblas_set_num_threads(1)
        return lock
    }()

    /// Runs work on the calling thread, beside other such work.
    static func single(_ work: () -> Void) {
        pthread_rwlock_rdlock(lock)
        work()
        pthread_rwlock_unlock(lock)
    }

    /// Runs work on so many threads, alone.
    static func several(_ count: Int, _ work: () -> Void) {
        guard count > 1 else { return single(work) }
        pthread_rwlock_wrlock(lock)
        openblas_set_num_threads(Int32(clamping: count))
        work()
        openblas_set_num_threads(1)
        pthread_rwlock_unlock(lock)
    }
}
#endif
