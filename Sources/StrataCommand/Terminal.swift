#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif
import Synchronization

/// What the command needs to know about the terminal and its signals.
enum Terminal {
    static func writeError(_ text: String) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
            guard written > 0 else { return }
            bytes = bytes.dropFirst(written)
        }
    }

    /// Whether standard error is a terminal, on which a line can be redrawn.
    static let isInteractive = isatty(STDERR_FILENO) == 1

    /// Columns of the terminal.
    static var width: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    private static let interrupted = Atomic<Bool>(false)

    /// Ctrl-C was pressed, or the process was asked to end.
    static var isInterrupted: Bool { interrupted.load(ordering: .relaxed) }

    /// From now on the first Ctrl-C only sets `isInterrupted`; a second one ends the process.
    static func catchInterrupts() {
        // A parent may have left them blocked for us.
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in [SIGINT, SIGTERM] { sigaddset(&signals, number) }
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        for number in [SIGINT, SIGTERM] {
            signal(number) { number in
                Terminal.interrupted.store(true, ordering: .relaxed)
                signal(number, SIG_DFL)
            }
        }
    }

    private static let hungUp = Atomic<Bool>(false)

    /// From now on SIGHUP asks a server to open its runs anew, in place of ending it.
    static func catchHangups() {
        signal(SIGHUP) { _ in Terminal.hungUp.store(true, ordering: .relaxed) }
    }

    /// Whether SIGHUP came since this was asked last.
    static func takeHangup() -> Bool { hungUp.exchange(false, ordering: .relaxed) }

    static func sleep(milliseconds: UInt32) { usleep(milliseconds * 1000) }

    /// Hands on what was printed, to a reader who waits for it.
    static func flush() { fflush(nil) }
}
