#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// What this process has used so far.
enum ProcessUsage {
    /// In 2²⁰ bytes.
    static var peakMegabytes: Double {
        var usage = rusage()
        getrusage(.init(RUSAGE_SELF.rawValue), &usage)
        return Double(usage.ru_maxrss) / 1024
    }

    /// Seconds since the process was started, to a hundredth; 0 where the system does not tell.
    static var age: Double {
        guard let file = fopen("/proc/self/stat", "r") else { return 0 }
        defer { fclose(file) }
        var line = [UInt8](repeating: 0, count: 1024)
        let count = fread(&line, 1, line.count, file)
        // The name of the program, in brackets, may hold anything; the start is the twentieth field after it.
        let text = String(decoding: line.prefix(count), as: UTF8.self)
        guard let bracket = text.lastIndex(of: ")") else { return 0 }
        let fields = text[text.index(after: bracket)...].split(separator: " ")
        guard fields.count > 19, let ticks = Double(fields[19]) else { return 0 }
        var now = timespec()
        clock_gettime(CLOCK_BOOTTIME, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9 - ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}
