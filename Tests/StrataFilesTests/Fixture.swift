import FoundationEssentials

/// Small files that Python, NumPy 2.4 and a hand wrote, byte for byte, in base 64.
enum Fixture {
    static func bytes(_ base64: String) -> [UInt8] {
        Array(Data(base64Encoded: base64, options: .ignoreUnknownCharacters) ?? Data())
    }

    /// `gzip.compress(b"strata " * 50) + gzip.compress(b"layer on layer")`: two members.
    static let gzip = bytes(
        """
        H4sIAAAAAAACAysuKUosSVQoHqVoQQEA0qBI4V4BAAAfiwgAAAAAAAIDy0msTC1SyM9TyAExAJ9kzLsOAAAA
        """)

    /// 3 × 1, 8 bits of palette: red, green, (10, 20, 30).
    static let palettePNG = bytes(
        """
        iVBORw0KGgoAAAANSUhEUgAAAAMAAAABCAMAAAAsPuSGAAAACVBMVEX/AAAA/wAKFB7Zfk3nAAAADElEQVR4nGNgYGQCAAAIAAQ24LCm
        AAAAAElFTkSuQmCC
        """)

    /// 10 × 1, one bit a pixel: 1011001001.
    static let bitsPNG = bytes(
        """
        iVBORw0KGgoAAAANSUhEUgAAAAoAAAABAQAAAADPjgLTAAAAC0lEQVR4nGPY5AAAAacA8/SZOHkAAAAASUVORK5CYII=
        """)

    /// 2 × 1, (200, 100, 50) opaque and transparent.
    static let alphaPNG = bytes(
        """
        iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAYAAAD0In+KAAAAD0lEQVR4nGM4kWL0H4gZABPcA7yK/LMFAAAAAElFTkSuQmCC
        """)

    /// 2 × 1, 16 bits of gray: white and black.
    static let wordsPNG = bytes(
        """
        iVBORw0KGgoAAAANSUhEUgAAAAIAAAABEAAAAACB2fwVAAAADUlEQVR4nGP4/5+BAQAG/gH/9YJV5QAAAABJRU5ErkJggg==
        """)

    /// 4 × 1, 0, 17, 100 and 255 times 257 in 16 bits of gray; the same with a gamma of 1; 0, 17, 100, 255 in 8 bits with a
    /// gamma of 1.
    static let gammaPNGs = [
        "iVBORw0KGgoAAAANSUhEUgAAAAQAAAABEAAAAACMx4xSAAAAEUlEQVR4nGNgYBAUTEn5/x8ABn0C6ck1RCgAAAAASUVORK5CYII=",
        "iVBORw0KGgoAAAANSUhEUgAAAAQAAAABEAAAAACMx4xSAAAABGdBTUEAAYagMeiWXwAAABFJREFUeJxjYGAQFExJ+f8fAAZ9AunJNUQoAAAAAElFTkSuQmCC",
        "iVBORw0KGgoAAAANSUhEUgAAAAQAAAABCAAAAADcV1ARAAAABGdBTUEAAYagMeiWXwAAAA1JREFUeJxjYBBM+Q8AAf8BdT4WZbEAAAAASUVORK5CYII=",
    ].map(bytes)

    /// 1 × 1, (200, 100, 50) times 257 with an alpha of 128 times 257, in 16 bits a channel.
    static let alpha16PNG = bytes(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABEAYAAABPhRjKAAAAEUlEQVR4nGM4cSIlxciooQEAEusDvU58RiMAAAAASUVORK5CYII=")

    /// 4 × 1, 0, 1, 2, 3 in two bits of gray.
    static let pairsPNG = bytes(
        "iVBORw0KGgoAAAANSUhEUgAAAAQAAAABAgAAAACW50iwAAAACklEQVR4nGOQBgAAHQAcjvT1IQAAAABJRU5ErkJggg==")

    /// A sound header that promises 16,000 × 16,000 pixels, and two bytes of them.
    static let lyingPNG = bytes(
        """
        iVBORw0KGgoAAAANSUhEUgAAPoAAAD6ACAAAAABkFYACAAAACklEQVR4nGNgBAAAAwACS/Xd6gAAAABJRU5ErkJggg==
        """)

    /// The same with 60,000 × 60,000 pixels.
    static let hugePNG = bytes(
        """
        iVBORw0KGgoAAAANSUhEUgAA6mAAAOpgCAAAAACluSqeAAAACklEQVR4nGNgBAAAAwACS/Xd6gAAAABJRU5ErkJggg==
        """)

    /// `np.savez_compressed(x_train=np.arange(60, dtype="u1").reshape(20, 3), y_train=np.arange(20) % 3,
    /// x_test=np.zeros((2, 3), "u1"), y_test=np.array([1, 0]))`
    static let npz = bytes(
        """
        UEsDBC0AAAAIAAAAIQAaX+yB//////////8LABQAeF90cmFpbi5ucHkBABAAvAAAAAAAAACDAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxc
        pG6loF5Taqiuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GkYGOgrGmjoKtQrkAi4GRiZmFlY2dg5OLm4eXj5+AUEhYRFRMXEJ
        SSlpGVk5eQVFJWUVVTV1DU0tbR1dPX0DQyNjE1MzcwtLK2sAUEsDBC0AAAAIAAAAIQCEzYS6//////////8LABQAeV90cmFpbi5ucHkB
        ABAAIAEAAAAAAABQAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TaaGuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GkYG
        Opo6CrUK5AMuBihghNJMDKhgoMUBUEsDBC0AAAAIAAAAIQCX8P5O//////////8KABQAeF90ZXN0Lm5weQEAEACGAAAAAAAAAEkAAAAA
        AAAAm+wX6hsQychQxlCtnpJanFykbqWgXlNqqK6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkaRjoKxpo6CrUKZAMuBjAAAFBL
        AwQtAAAACAAAACEAcfs5q///////////CgAUAHlfdGVzdC5ucHkBABAAkAAAAAAAAABIAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6l
        oG6TaaGuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GkY6mjoKtQoUAC5GBlQAAFBLAQItAy0AAAAIAAAAIQAaX+yBgwAAALwA
        AAALAAAAAAAAAAAAAACAAQAAAAB4X3RyYWluLm5weVBLAQItAy0AAAAIAAAAIQCEzYS6UAAAACABAAALAAAAAAAAAAAAAACAAcAAAAB5
        X3RyYWluLm5weVBLAQItAy0AAAAIAAAAIQCX8P5OSQAAAIYAAAAKAAAAAAAAAAAAAACAAU0BAAB4X3Rlc3QubnB5UEsBAi0DLQAAAAgA
        AAAhAHH7OatIAAAAkAAAAAoAAAAAAAAAAAAAAIAB0gEAAHlfdGVzdC5ucHlQSwUGAAAAAAQABADiAAAAVgIAAAAA
        """)

    /// By SciPy: `traindata`, cells of uint8 [[1, 0, 0], [0, 1, 1]] and [[0, 0, 1]], and `testdata`, a cell of [[1, 1, 0]],
    /// compressed.
    static let compressedMAT = bytes(
        """
        TUFUTEFCIDUuMCBNQVQtZmlsZSBQbGF0Zm9ybTogcG9zaXgsIENyZWF0ZWQgb246IEZyaSBOb3YgMjcgMDM6Mzk6NTggMjAyNgAAAAAA
        AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABSU0PAAAASAAAAHic42NgYNgAxGxAzAHEjAwQwIrE
        Z4LSnEBcUpSYmZeSWJIIVccHxBZI+jnR9IP0MiOZywRVywhCjBD9Bnj0M2Loh/AA0SkFiA8AAAA3AAAAeJzjY2BgyABiNiDmAGJGBghg
        ReLDMIhfklpckpJYksgHZBsg6ePEoo8ZyTwmII8RyAEAHZUEZg==
        """)
}
