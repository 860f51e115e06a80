import FoundationEssentials

/// Small files written by NumPy 2.4 and by Hugging Face's safetensors, byte for byte, in base 64.
enum Fixture {
    static func bytes(_ base64: String) -> [UInt8] {
        Array(Data(base64Encoded: base64, options: .ignoreUnknownCharacters) ?? Data())
    }

    /// `np.arange(6, dtype="<f4").reshape(2, 3) + 0.5`
    static let npyFloat = bytes(
        """
        k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAg
        ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAA/AADAPwAAIEAAAGBAAACQQAAAsEA=
        """)

    /// `np.asfortranarray(np.arange(6.0).reshape(2, 3) / 4)`
    static let npyDoubleFortran = bytes(
        """
        k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMyksIH0gICAgICAgICAg
        ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAAAAAAAAAOg/AAAAAAAA0D8AAAAA
        AADwPwAAAAAAAOA/AAAAAAAA9D8=
        """)

    /// `np.arange(6, dtype=">i8").reshape(2, 3) - 2`
    static let npyBigLong = bytes(
        """
        k05VTVBZAQB2AHsnZGVzY3InOiAnPGk4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAg
        ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAr+////////////////////AAAAAAAAAAABAAAA
        AAAAAAIAAAAAAAAAAwAAAAAAAAA=
        """)

    /// `np.arange(6).reshape(2, 3) % 2 == 0`
    static let npyTruth = bytes(
        """
        k05VTVBZAQB2AHsnZGVzY3InOiAnfGIxJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAg
        ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAAEAAQA=
        """)

    /// `np.arange(6, dtype="<f2").reshape(2, 3) / 8`
    static let npyHalf = bytes(
        """
        k05VTVBZAQB2AHsnZGVzY3InOiAnPGYyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAg
        ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAwADQANgA4ADk=
        """)

    /// `np.arange(6, dtype="u1").reshape(2, 3)`, in version 2
    static let npyBytes2 = bytes(
        """
        k05VTVBZAgB0AAAAeydkZXNjcic6ICd8dTEnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMiwgMyksIH0gICAgICAg
        ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAQIDBAU=
        """)

    /// `np.asfortranarray(np.arange(24, dtype=">f4").reshape(2, 3, 4))`, in version 3
    static let npyBigFortran3 = bytes(
        """
        k05VTVBZAwB0AAAAeydkZXNjcic6ICc+ZjQnLCAnZm9ydHJhbl9vcmRlcic6IFRydWUsICdzaGFwZSc6ICgyLCAzLCA0KSwgfSAgICAg
        ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAQUAAAECAAABBgAAAQQAAAEGgAAA/gAAA
        QVAAAECgAABBiAAAQRAAAEGoAABAAAAAQWAAAEDAAABBkAAAQSAAAEGwAABAQAAAQXAAAEDgAABBmAAAQTAAAEG4AAA=
        """)

    /// `np.array(7, "<i2")`
    static let npyScalar = bytes(
        """
        k05VTVBZAQB2AHsnZGVzY3InOiAnPGkyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKCksIH0gICAgICAgICAgICAg
        ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoHAA==
        """)

    /// `np.savez(x=np.arange(12, dtype="u1").reshape(3, 2, 2), y=np.array([0, 2, 1]))`
    static let npz = bytes(
        """
        UEsDBC0AAAAAAAAAIQCaCbEc//////////8FABQAeC5ucHkBABAAjAAAAAAAAACMAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzogJ3x1
        MScsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgzLCAyLCAyKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAg
        ICAgICAgICAgICAgICAgICAgICAgICAgICAKAAECAwQFBgcICQoLUEsDBC0AAAAAAAAAIQDm81VN//////////8FABQAeS5ucHkBABAA
        mAAAAAAAAACYAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzogJzxpOCcsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgz
        LCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKAAAAAAAAAAACAAAA
        AAAAAAEAAAAAAAAAUEsBAi0DLQAAAAAAAAAhAJoJsRyMAAAAjAAAAAUAAAAAAAAAAAAAAIABAAAAAHgubnB5UEsBAi0DLQAAAAAAAAAh
        AObzVU2YAAAAmAAAAAUAAAAAAAAAAAAAAIABwwAAAHkubnB5UEsFBgAAAAACAAIAZgAAAJIBAAAAAA==
        """)

    /// `np.savez(f, x=np.arange(12, dtype="u1").reshape(6, 2), targets=np.arange(12.).reshape(6, 2) / 8)`
    static let npzTargets = bytes(
        """
        UEsDBC0AAAAAAAAAIQBqc1t2//////////8FABQAeC5ucHkBABAAjAAAAAAAAACMAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzogJ3x1
        MScsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICg2LCAyKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg
        ICAgICAgICAgICAgICAgICAgICAgICAgICAKAAECAwQFBgcICQoLUEsDBC0AAAAAAAAAIQAqiAad//////////8LABQAdGFyZ2V0cy5u
        cHkBABAA4AAAAAAAAADgAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzogJzxmOCcsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFw
        ZSc6ICg2LCAyKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKAAAAAAAA
        AAAAAAAAAADAPwAAAAAAANA/AAAAAAAA2D8AAAAAAADgPwAAAAAAAOQ/AAAAAAAA6D8AAAAAAADsPwAAAAAAAPA/AAAAAAAA8j8AAAAA
        AAD0PwAAAAAAAPY/UEsBAi0DLQAAAAAAAAAhAGpzW3aMAAAAjAAAAAUAAAAAAAAAAAAAAIABAAAAAHgubnB5UEsBAi0DLQAAAAAAAAAh
        ACqIBp3gAAAA4AAAAAsAAAAAAAAAAAAAAIABwwAAAHRhcmdldHMubnB5UEsFBgAAAAACAAIAbAAAAOABAAAAAA==
        """)

    /// `np.savez(f, x=np.arange(6, dtype="u1"), targets=np.zeros(5, "f4"))`
    static let npzTooFewTargets = bytes(
        """
        UEsDBC0AAAAAAAAAIQDrddcJ//////////8FABQAeC5ucHkBABAAhgAAAAAAAACGAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzogJ3x1
        MScsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICg2LCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg
        ICAgICAgICAgICAgICAgICAgICAgICAgICAKAAECAwQFUEsDBC0AAAAAAAAAIQBUk1Oq//////////8LABQAdGFyZ2V0cy5ucHkBABAA
        lAAAAAAAAACUAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzogJzxmNCcsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICg1
        LCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKAAAAAAAAAAAAAAAA
        AAAAAAAAAABQSwECLQMtAAAAAAAAACEA63XXCYYAAACGAAAABQAAAAAAAAAAAAAAgAEAAAAAeC5ucHlQSwECLQMtAAAAAAAAACEAVJNT
        qpQAAACUAAAACwAAAAAAAAAAAAAAgAG9AAAAdGFyZ2V0cy5ucHlQSwUGAAAAAAIAAgBsAAAAjgEAAAAA
        """)

    /// Nine tensors of as many dtypes; see SafeTensorsTests.
    static let safetensors = bytes(
        """
        QAIAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJub3RlIjoiw6QiLCJtb2RlbCI6InZhZSJ9LCJsb25nIjp7ImR0eXBlIjoiSTY0Iiwic2hh
        cGUiOlsxXSwiZGF0YV9vZmZzZXRzIjpbMCw4XX0sImRvdWJsZSI6eyJkdHlwZSI6IkY2NCIsInNoYXBlIjpbMV0sImRhdGFfb2Zmc2V0
        cyI6WzgsMTZdfSwic2NhbGFyIjp7ImR0eXBlIjoiRjMyIiwic2hhcGUiOltdLCJkYXRhX29mZnNldHMiOlsxNiwyMF19LCJ3Ijp7ImR0
        eXBlIjoiRjMyIiwic2hhcGUiOlsyLDNdLCJkYXRhX29mZnNldHMiOlsyMCw0NF19LCJzdGVwcyI6eyJkdHlwZSI6IkkzMiIsInNoYXBl
        IjpbMV0sImRhdGFfb2Zmc2V0cyI6WzQ0LDQ4XX0sImJyYWluIjp7ImR0eXBlIjoiQkYxNiIsInNoYXBlIjpbMl0sImRhdGFfb2Zmc2V0
        cyI6WzQ4LDUyXX0sImhhbGYiOnsiZHR5cGUiOiJGMTYiLCJzaGFwZSI6WzJdLCJkYXRhX29mZnNldHMiOls1Miw1Nl19LCJwaXhlbHMi
        OnsiZHR5cGUiOiJVOCIsInNoYXBlIjpbM10sImRhdGFfb2Zmc2V0cyI6WzU2LDU5XX0sInRydXRoIjp7ImR0eXBlIjoiQk9PTCIsInNo
        YXBlIjpbMl0sImRhdGFfb2Zmc2V0cyI6WzU5LDYxXX19ICAgICD9/////////wAAAAAAANA/AABAQAAAAD8AAMA/AAAgQAAAYEAAAJBA
        AACwQAcAAADAPwDAAD4AwACA/wEA
        """)
}
