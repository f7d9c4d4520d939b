// The words around numbers, by kind: data that QuantityReader.swift searches for.

/// Words that multiply a number, and by how much; in lower case.
let magnitudes: [String: Double] = {
    let table: [(String, Double)] = [
        ("hundred 百", 100), ("thousand thousands k tausend mille mil тыс тысяч тысячи 천 千 हज़ार", 1e3),
        ("만 万 萬", 1e4),
        ("lakh lakhs lac लाख", 1e5),
        (
            "million millions mn mln mio mill millionen millón millones milhões milhão milioni млн миллион миллионов 백만 百万",
            1e6
        ),
        ("crore crores करोड़", 1e7), ("억 亿 億", 1e8),
        (
            "billion billions bn bln milliarde milliarden mrd milliard milliards miliardi млрд миллиард миллиардов",
            1e9
        ),
        ("trillion trillions tn trn трлн 조 兆", 1e12),
    ]
    return table.reduce(into: [:]) { result, entry in
        for word in entry.0.split(separator: " ") { result[String(word)] = entry.1 }
    }
}()

/// Letters that multiply a number when they follow it directly: `3.5k`, `$5M`.
let attachedMagnitudes: [String: Double] = ["k": 1e3, "K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12, "MM": 1e6]

/// The same after an amount of money: `$5m`.
let moneyMagnitudes: [String: Double] = ["m": 1e6, "b": 1e9, "t": 1e12]

/// Characters that multiply a number in Chinese and Japanese, one after another: 千万 is ten million.
let characterMagnitudes: [Unicode.Scalar: Double] = [
    "十": 10, "百": 100, "千": 1e3, "万": 1e4, "萬": 1e4, "亿": 1e8, "億": 1e8, "兆": 1e12,
]

/// What a unit measures and how large it is.
struct MeasureUnit: Equatable, Sendable {
    /// Units of one kind can be compared.
    enum Kind: Sendable {
        case time, length, area, volume, mass, temperature, angle, money, data, energy, power, speed,
            frequency,
            voltage, current, force, pressure, resistance
    }

    /// What is measured.
    let kind: Kind
    /// The size in the kind's base unit; units without a fixed ratio (money, temperatures) have a name instead.
    let factor: Double
    /// Tells apart units without a fixed ratio.
    let name: String

    /// Whether numbers of both units can be the same: a bare degree is an angle or a temperature.
    func canEqual(_ other: MeasureUnit) -> Bool {
        if kind != other.kind {
            return [kind, other.kind].allSatisfy { $0 == .angle || $0 == .temperature }
                && (name == "degree" || other.name == "degree")
        }
        return name == other.name || name == "degree" || other.name == "degree"
            || factor > 0 && other.factor > 0
            || name == "yen-yuan" && ["yen", "yuan"].contains(other.name)
            || other.name == "yen-yuan" && ["yen", "yuan"].contains(name)
    }
}

/// Units whose spelling has to be met exactly, by kind.
private let exactUnits: [(MeasureUnit.Kind, String, Double)] = [
    (.time, "s", 1), (.time, "h", 3600), (.time, "d", 86400), (.time, "ms", 1e-3), (.length, "m", 1),
    (.length, "mm", 1e-3), (.length, "cm", 1e-2), (.length, "dm", 0.1), (.length, "km", 1e3),
    (.length, "nm", 1e-9), (.length, "ft", 0.3048), (.length, "yd", 0.9144), (.length, "mi", 1609.344),
    (.area, "m^2", 1), (.area, "cm^2", 1e-4), (.area, "mm^2", 1e-6), (.area, "km^2", 1e6), (.area, "ha", 1e4),
    (.volume, "m^3", 1), (.volume, "cm^3", 1e-6), (.volume, "mm^3", 1e-9), (.volume, "L", 1e-3),
    (.volume, "l", 1e-3), (.volume, "ml", 1e-6), (.volume, "mL", 1e-6), (.mass, "g", 1e-3), (.mass, "kg", 1),
    (.mass, "mg", 1e-6), (.mass, "t", 1e3), (.mass, "lb", 0.45359237), (.mass, "lbs", 0.45359237),
    (.mass, "oz", 0.0283495), (.data, "KB", 1e3), (.data, "kB", 1e3), (.data, "MB", 1e6), (.data, "GB", 1e9),
    (.data, "TB", 1e12), (.energy, "J", 1), (.energy, "kJ", 1e3), (.energy, "MJ", 1e6), (.energy, "Wh", 3600),
    (.energy, "kWh", 3.6e6), (.energy, "MWh", 3.6e9), (.energy, "GWh", 3.6e12), (.energy, "TWh", 3.6e15),
    (.energy, "cal", 4.184), (.energy, "kcal", 4184), (.power, "W", 1), (.power, "mW", 1e-3),
    (.power, "kW", 1e3), (.power, "MW", 1e6), (.power, "GW", 1e9), (.speed, "m/s", 1),
    (.speed, "km/h", 1 / 3.6),
    (.speed, "kmh", 1 / 3.6), (.speed, "mph", 0.44704), (.frequency, "Hz", 1), (.frequency, "kHz", 1e3),
    (.frequency, "MHz", 1e6), (.frequency, "GHz", 1e9), (.voltage, "V", 1), (.voltage, "mV", 1e-3),
    (.voltage, "kV", 1e3), (.current, "A", 1), (.current, "mA", 1e-3), (.force, "N", 1), (.force, "kN", 1e3),
    (.pressure, "Pa", 1), (.pressure, "kPa", 1e3), (.pressure, "MPa", 1e6), (.resistance, "\u{3A9}", 1),
    (.resistance, "k\u{3A9}", 1e3),
]

/// Units in lower case, by kind.
private let wordUnits: [(MeasureUnit.Kind, String, Double)] = [
    (.time, "second seconds sec secs sekunden secondes segundos 秒 초", 1),
    (.time, "minute minutes min mins minuten minutos 分钟 分鐘 분", 60),
    (.time, "hour hours hr hrs stunden heures horas 小时 小時 時間 시간", 3600),
    (.time, "day days tage jours días dias 天", 86400),
    (.time, "week weeks wochen semaines semanas 周 星期", 604_800),
    (.time, "month months monate mois meses 个月 個月 ヶ月 か月 개월", 2_629_800),
    (.time, "year years yr yrs jahre ans années años anos лет 年 년", 31_557_600),
    (.time, "decade decades", 315_576_000), (.time, "century centuries", 3_155_760_000),
    (.time, "millisecond milliseconds", 1e-3), (.length, "meter meters metre metres 米 メートル", 1),
    (.length, "millimeter millimeters millimetres 毫米", 1e-3),
    (.length, "centimeter centimeters centimetre centimetres 厘米", 1e-2),
    (.length, "decimeter decimeters 分米", 0.1),
    (.length, "kilometer kilometers kilometre kilometres 千米 公里", 1e3),
    (.length, "inch inches", 0.0254), (.length, "foot feet", 0.3048), (.length, "yard yards", 0.9144),
    (.length, "mile miles", 1609.344), (.area, "hectare hectares 公顷", 1e4), (.area, "acre acres", 4046.86),
    (.area, "平方米", 1), (.area, "平方厘米", 1e-4), (.area, "平方千米 平方公里", 1e6), (.volume, "立方米", 1),
    (.volume, "立方厘米", 1e-6), (.volume, "liter liters litre litres 升", 1e-3),
    (.volume, "milliliter milliliters 毫升", 1e-6), (.volume, "gallon gallons", 3.785e-3),
    (.mass, "gram grams gramm 克", 1e-3), (.mass, "kilogram kilograms kilo kilos 千克 公斤", 1),
    (.mass, "milligram milligrams 毫克", 1e-6), (.mass, "ton tons tonne tonnes 吨 噸", 1e3),
    (.mass, "pound pounds", 0.45359237), (.mass, "ounce ounces", 0.0283495), (.energy, "joule joules", 1),
    (.energy, "kilojoule kilojoules", 1e3), (.energy, "calorie calories", 4.184), (.power, "watt watts", 1),
    (.power, "kilowatt kilowatts", 1e3), (.power, "megawatt megawatts", 1e6), (.voltage, "volt volts", 1),
    (.current, "ampere amperes amps", 1), (.frequency, "hertz", 1), (.force, "newton newtons", 1),
    (.data, "byte bytes", 1), (.resistance, "ohm ohms", 1),
    (.angle, "radian radians rad", 57.29577951308232),
]

/// Units without a fixed ratio, by kind and name; the spellings are in lower case.
private let namedUnits: [(MeasureUnit.Kind, String, String)] = [
    (.angle, "degree", "\u{B0} degree degrees deg 度"),
    (.temperature, "celsius", "\u{B0}c celsius 摄氏度 攝氏度"),
    (.temperature, "fahrenheit", "\u{B0}f fahrenheit 华氏度"), (.temperature, "kelvin", "kelvin"),
    (.money, "dollar", "$ usd us$ dollar dollars 美元 달러"), (.money, "euro", "\u{20AC} eur euro euros 欧元"),
    (.money, "sterling", "\u{A3} gbp 英镑"), (.money, "yen-yuan", "\u{A5}"),
    (.money, "yen", "jpy yen 日元 円 엔"), (.money, "yuan", "cny rmb yuan 元 人民币"),
    (.money, "rupee", "\u{20B9} inr rupee rupees rs"), (.money, "won", "\u{20A9} krw won 원"),
    (.money, "ruble", "\u{20BD} rub ruble rubles рублей руб"), (.money, "cent", "\u{A2} cent cents"),
]

/// Every unit by its spelling.
let measureUnits: [String: MeasureUnit] = {
    var units: [String: MeasureUnit] = [:]
    for (kind, spelling, factor) in exactUnits {
        units[spelling] = MeasureUnit(kind: kind, factor: factor, name: "")
    }
    for (kind, spellings, factor) in wordUnits {
        for spelling in spellings.split(separator: " ") {
            units[String(spelling)] = MeasureUnit(kind: kind, factor: factor, name: "")
        }
    }
    for (kind, name, spellings) in namedUnits {
        for spelling in spellings.split(separator: " ") {
            units[String(spelling)] = MeasureUnit(kind: kind, factor: 0, name: name)
        }
    }
    return units
}()

/// Words for a percent sign.
let percentWords: Set<String> = ["percent", "pct", "prozent", "percentage", "процентов", "퍼센트"]

/// Names of months and their short forms, in lower case; "may" and "march" count in capitals only.
let monthNames: Set<String> = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november",
    "december", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "januar",
    "februar", "märz", "mai", "juni", "juli", "oktober", "dezember", "janvier", "février", "mars", "avril",
    "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre", "enero", "febrero", "marzo", "abril",
    "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre", "января",
    "февраля",
    "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря",
]

/// Words that make a number a time of day.
let clockWords: Set<String> = ["am", "pm", "o'clock", "uhr", "a.m", "p.m"]
