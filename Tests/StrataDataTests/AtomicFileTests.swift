import Glibc
import StrataBackend
import Testing

@testable import StrataData

@Suite struct AtomicFileTests {
    @Test func writesAndReplaces() throws {
        let folder = try TemporaryFolder()
        try AtomicFile.write(folder.file("a"), "first".utf8)
        try AtomicFile.write(folder.file("a")) { file in
            for i in 0..<3 { try file.append([UInt8(i), 9]) }
        }
        #expect(try FileBytes.read(folder.file("a")) == [0, 9, 1, 9, 2, 9])
        #expect(folder.names == ["a"])
        try AtomicFile.write(folder.file("empty"), [])
        #expect(try FileBytes.read(folder.file("empty")) == [])
    }

    @Test func keepsTheOldFileWhereWritingFails() throws {
        let folder = try TemporaryFolder()
        try AtomicFile.write(folder.file("a"), "old".utf8)
        #expect(
            message {
                try AtomicFile.write(folder.file("a")) { file in
                    try file.append(Array("new".utf8))
                    throw StrataError(.data, "stop")
                }
            } == "stop")
        #expect(try FileBytes.read(folder.file("a")) == Array("old".utf8))
        #expect(folder.names == ["a"])
    }

    @Test func saysWhenTheDiskIsFull() throws {
        let full = open("/dev/full", O_WRONLY)
        try #require(full >= 0)
        defer { close(full) }
        let writer = AtomicFile.Writer(descriptor: full, path: "runs/w.safetensors")
        #expect(message { try writer.append([1, 2, 3]) } == "cannot write runs/w.safetensors: No space left on device")
    }

    @Test func refusesFoldersAndMissingFolders() throws {
        let folder = try TemporaryFolder()
        #expect(message { try AtomicFile.write(folder.path, [1]) }.contains("names a folder"))
        #expect(message { try AtomicFile.write(folder.path + "/", [1]) }.contains("names a folder"))
        #expect(message { try AtomicFile.write(folder.file("no/a"), [1]) }.contains("No such file or directory"))
        #expect(folder.names == [])
    }
}
