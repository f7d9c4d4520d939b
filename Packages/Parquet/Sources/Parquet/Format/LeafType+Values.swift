// From stored numbers and bytes to values: texts, dates, decimals.

extension LeafType {
    /// A value stored as a whole number of 32 or 64 bits.
    func value(_ number: Int64) -> ParquetValue {
        switch meaning {
        case .plain, .text, .float16, .identifier: .int(number)
        case .unsigned(let bits):
            if bits == 64, number < 0 {
                .double(Double(UInt64(bitPattern: number)))
            } else {
                .int(bits < 64 ? number & ((1 << Int64(bits)) - 1) : number)
            }
        case .decimal(let scale):
            .text(Self.decimal(digits: "\(number.magnitude)", isNegative: number < 0, scale: scale))
        case .date: .text(Self.date(number))
        case .time(let perSecond): .text(Self.time(number, perSecond))
        case .timestamp(let perSecond, let isUTC):
            .text(Self.timestamp(number, perSecond) + (isUTC ? "Z" : ""))
        }
    }

    /// A value stored as bytes; throws ``ParquetError`` for a text that is not UTF-8.
    func value(_ bytes: UnsafeRawBufferPointer) throws(ParquetError) -> ParquetValue {
        switch meaning {
        case .text:
            do throws(UTF8.ValidationError) {
                return .text(String(copying: try UTF8Span(validating: bytes.bindMemory(to: UInt8.self).span)))
            } catch { throw ParquetError("a text that is not UTF-8") }
        case .decimal(let scale): return .text(Self.decimal(bytes, scale: scale))
        case .float16 where bytes.count == 2:
            return .double(Self.half(UInt16(bytes[0]) | UInt16(bytes[1]) << 8))
        case .identifier where bytes.count == 16:
            let digits = bytes.map { byte in
                let text = String(byte, radix: 16)
                return text.utf8.count < 2 ? "0" + text : text
            }
            let parts = [0..<4, 4..<6, 6..<8, 8..<10, 10..<16].map { digits[$0].joined() }
            return .text(parts.joined(separator: "-"))
        default: return .bytes(Array(bytes))
        }
    }

    /// A half-precision number (IEEE 754).
    private static func half(_ bits: UInt16) -> Double {
        let sign: Double = bits & 0x8000 == 0 ? 1 : -1
        let exponent = Int(bits >> 10 & 31)
        let fraction = Double(bits & 1023)
        switch exponent {
        case 0: return sign * fraction * 0x1p-24
        case 31: return fraction == 0 ? sign * .infinity : .nan
        default:
            return sign * (1 + fraction / 1024) * Double(sign: .plus, exponent: exponent - 15, significand: 1)
        }
    }

    /// INT96: nanoseconds of the day, then the Julian day.
    static func int96(_ bytes: UnsafeRawBufferPointer) -> ParquetValue {
        let nanoseconds = bytes.loadUnaligned(as: Int64.self)
        let day = Int64(bytes.loadUnaligned(fromByteOffset: 8, as: Int32.self)) - 2_440_588
        let (whole, overflow) = day.multipliedReportingOverflow(by: 86_400_000_000_000)
        let (sum, carry) = whole.addingReportingOverflow(nanoseconds)
        return overflow || carry ? .null : .text(timestamp(sum, 1_000_000_000))
    }

    /// A decimal from a big-endian number in two's complement.
    private static func decimal(_ bytes: UnsafeRawBufferPointer, scale: Int) -> String {
        let isNegative = (bytes.first ?? 0) >= 128
        var magnitude = bytes.map { isNegative ? ~$0 : $0 }
        if isNegative {
            for index in magnitude.indices.reversed() {
                magnitude[index] &+= 1
                if magnitude[index] != 0 { break }
            }
        }
        // Long division by ten, digit by digit; such numbers have at most a few dozen bytes.
        var digits: [String] = []
        var rest = magnitude.drop { $0 == 0 }
        while !rest.isEmpty, digits.count < 400 {
            var remainder = 0
            for index in rest.indices {
                let value = remainder << 8 | Int(rest[index])
                rest[index] = UInt8(value / 10)
                remainder = value % 10
            }
            digits.append("\(remainder)")
            rest = rest.drop { $0 == 0 }
        }
        return decimal(
            digits: digits.isEmpty ? "0" : digits.reversed().joined(), isNegative: isNegative, scale: scale)
    }

    private static func decimal(digits: String, isNegative: Bool, scale: Int) -> String {
        let padded = String(repeating: "0", count: max(0, scale + 1 - digits.utf8.count)) + digits
        let whole = padded.dropLast(scale)
        return (isNegative ? "-" : "") + whole + (scale > 0 ? "." + padded.suffix(scale) : "")
    }

    // MARK: - Dates

    private static func padded(_ value: Int64, _ count: Int) -> String {
        let text = "\(value.magnitude)"
        return (value < 0 ? "-" : "") + String(repeating: "0", count: max(0, count - text.utf8.count)) + text
    }

    /// Days since 1970 as year-month-day (Gregorian calendar).
    private static func date(_ days: Int64) -> String {
        let shifted = min(max(days, -1 << 40), 1 << 40) + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let year = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * year + year / 4 - year / 100)
        let month = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * month + 2) / 5 + 1
        let (civilMonth, carry) = month < 10 ? (month + 3, 0) : (month - 9, 1)
        return "\(padded(year + era * 400 + Int64(carry), 4))-\(padded(civilMonth, 2))-\(padded(day, 2))"
    }

    /// A time of day as hours:minutes:seconds with the fraction that is not zero.
    private static func time(_ value: Int64, _ perSecond: Int64) -> String {
        let seconds = value / perSecond
        var text = "\(padded(seconds / 3600, 2)):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2))"
        let fraction = value % perSecond
        if fraction != 0 {
            var digits = padded(fraction, "\(perSecond)".utf8.count - 1)
            while digits.hasSuffix("0") { digits.removeLast() }
            text += ".\(digits)"
        }
        return text
    }

    private static func timestamp(_ value: Int64, _ perSecond: Int64) -> String {
        let perDay = 86_400 * perSecond
        var (day, rest) = value.quotientAndRemainder(dividingBy: perDay)
        if rest < 0 { (day, rest) = (day - 1, rest + perDay) }
        return "\(date(day))T\(time(rest, perSecond))"
    }
}
