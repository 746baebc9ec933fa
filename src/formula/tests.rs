use super::*;
use proptest::prelude::*;

/// Numbers for a few letters; the others have none.
fn letters(letter: Letter) -> Option<i128> {
    match (letter.sign, letter.label) {
        ('m', "") => Some(4),
        ('s', "") => Some(2),
        ('p', "") => Some(-3),
        ('p', "begin") => Some(1),
        ('k', "") => Some(3),
        _ => None,
    }
}

#[track_caller]
fn is_shown(formula: &Formula, text: &str) {
    assert_eq!(formula.to_string(), text);
    assert_eq!(text.parse(), Ok(formula.clone()), "what is shown is read as the same");
}

#[test]
fn a_formula_is_shown_as_it_can_be_read_again() {
    is_shown(&Formula::of("(m - 1) s - 2 p + d (k - 1) + o + 1"), "(m - 1)*s - 2*p + d*(k - 1) + o + 1");
    is_shown(&Formula::of("floor((n + 2 p - 1) / s) + 1"), "floor((n + 2*p - 1)/s) + 1");
    is_shown(&Formula::of("ceil(n/(s + 1))"), "ceil((n)/(s + 1))");
    is_shown(&Formula::of("max(s, d) + min(1, p_begin - p_end)"), "max(s, d) + min(1, p_begin - p_end)");
    is_shown(&Formula::of("(n + 1) mod s"), "(n + 1) mod s");
    is_shown(&Formula::of("a / b c"), "((a)/b)*c");
    is_shown(&Formula::of("2 * -3 + -1"), "2*(-3) + (-1)");
    is_shown(&Formula::of("-7"), "-7");
    is_shown(&Formula::of("(a - 1) - (b)"), "(a - 1) - (b)");
}

#[test]
fn what_is_no_formula_is_refused_with_the_place() {
    let refused = |text: &str, at: usize, wanted: &str| {
        let misread = text.parse::<Formula>().expect_err(text);
        assert_eq!((misread.at, misread.wanted), (at, wanted), "{text}");
    };
    let operand = "a number, a letter or a parenthesis";
    refused("", 0, operand);
    refused("m +", 3, operand);
    refused("m - * 2", 4, operand);
    refused("(m - 1", 6, "a closing parenthesis");
    refused("m - 1)", 5, "a sign or the end");
    refused("2 pd", 2, "a single letter, floor, ceil, max or min");
    refused("p_start", 2, "one of the words begin, end, in and group");
    refused("max(s)", 5, "a comma");
    refused("floor(s)", 7, "a quotient, which alone can be rounded,");
    refused("m = 1", 2, "a sign or the end");
    refused("m × 1", 2, "a sign or the end");
    refused(&"9".repeat(40), 0, "a number of at most 38 digits");
    refused(&"(".repeat(100_000), 65, "a formula that is nested less deeply");
    let misread = "m +".parse::<Formula>().expect_err("nothing follows");
    assert_eq!(misread.to_string(), "at character 3: a number, a letter or a parenthesis is wanted");
}

#[test]
fn values_are_exact_or_none() {
    let value = |text: &str| Formula::of(text).value(&letters);
    assert_eq!(value("(m - 1) s - 2 p + 1"), Some(13));
    assert_eq!((value("floor(p / s)"), value("ceil(p / s)"), value("p mod s")), (Some(-2), Some(-1), Some(1)));
    assert_eq!((value("floor(m / p)"), value("ceil(m / p)"), value("m mod p")), (Some(-2), Some(-1), Some(-2)));
    assert_eq!((value("m / s"), value("k / s")), (Some(2), None), "a quotient leaves no remainder");
    assert_eq!((value("max(m, k)"), value("min(m, k)")), (Some(4), Some(3)));
    assert_eq!(value("p_begin + m"), Some(5));
    assert_eq!(value("p_end + m"), None, "a letter without a value");
    for zero in ["m / (s - 2)", "floor(m / (s - 2))", "ceil(m / 0)", "m mod 0"] {
        assert_eq!(value(zero), None, "{zero}");
    }
    let largest = i128::MAX.to_string();
    for overflow in ["MAX + 1", "-MAX - 2", "MAX m", "ceil(MAX / -1) - m"] {
        assert_eq!(value(&overflow.replace("MAX", &largest)), None, "{overflow}");
    }
}

#[test]
fn edits_spoil_a_formula_in_one_place() {
    let size = Formula::of("(m - 1) s - 2 p + d (k - 1) + o + 1");
    is_shown(&size.without("o"), "(m - 1)*s - 2*p + d*(k - 1) + 1");
    is_shown(&size.without("1"), "(m - 1)*s - 2*p + d*(k - 1) + o");
    is_shown(&size.without("x"), &size.to_string());
    is_shown(&size.replacing("d (k - 1)", "(k - 1)"), "(m - 1)*s - 2*p + (k - 1) + o + 1");
    is_shown(&size.replacing("2 p", "p_begin + p_end"), "(m - 1)*s - p_begin - p_end + d*(k - 1) + o + 1");
    is_shown(&size.replacing("2 p", "(p_begin + p_end)"), "(m - 1)*s - (p_begin + p_end) + d*(k - 1) + o + 1");
    is_shown(&size.replacing("s", "(a - b)"), "(m - 1)*(a - b) - 2*p + d*(k - 1) + o + 1");
    is_shown(&size.replacing("s", "a - b"), "(m - 1)*(a - b) - 2*p + d*(k - 1) + o + 1");
    is_shown(&Formula::of("floor((n + 2 p) / s) + 1").without("2 p"), "floor((n)/s) + 1");
    is_shown(&Formula::of("p - o").without("p"), "0 - o");
}

#[test]
fn numbers_take_the_place_of_letters_and_the_shape_stays() {
    let size = Formula::of("(m - 1) s - 2 p + d (k - 1)");
    is_shown(&size.with(&letters), "(4 - 1)*2 - 2*(-3) + d*(3 - 1)");
}

fn formulas() -> impl Strategy<Value = Formula> {
    let letter = prop_oneof![
        prop::sample::select(vec!['m', 's', 'p', 'k', 'q']).prop_map(|sign| Letter { sign, label: "" }),
        Just(Letter { sign: 'p', label: "begin" }),
    ];
    let leaf = prop_oneof![(-20..20_i128).prop_map(Formula::Number), letter.prop_map(Formula::Letter)];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let sign = prop_oneof![Just(Sign::Plus), Just(Sign::Minus)];
        let pairing = prop::sample::select(vec![
            Pairing::Quotient,
            Pairing::Floor,
            Pairing::Ceiling,
            Pairing::Remainder,
            Pairing::Larger,
            Pairing::Smaller,
        ]);
        prop_oneof![
            prop::collection::vec((sign, inner.clone()), 1..4).prop_map(Formula::sum),
            prop::collection::vec(inner.clone(), 1..4).prop_map(Formula::product),
            inner.clone().prop_map(Formula::grouped),
            (pairing, inner.clone(), inner).prop_map(|(pairing, left, right)| Formula::pair(pairing, left, right)),
        ]
    })
}

/// As a schoolbook has it, with fractions in between and no care for overflow.
fn naive(formula: &Formula) -> Option<i128> {
    let floor = |a: i128, b: i128| (b != 0).then(|| (a as f64 / b as f64).floor() as i128);
    Some(match formula {
        Formula::Number(number) => *number,
        Formula::Letter(letter) => letters(*letter)?,
        Formula::Group(inner) => naive(inner)?,
        Formula::Sum(terms) => {
            let mut sum = 0;
            for (sign, term) in terms {
                sum += if *sign == Sign::Plus { 1 } else { -1 } * naive(term)?;
            }
            sum
        }
        Formula::Product(factors) => factors.iter().map(naive).product::<Option<i128>>()?,
        Formula::Pair(pairing, left, right) => {
            let (a, b) = (naive(left)?, naive(right)?);
            match pairing {
                Pairing::Quotient => floor(a, b).filter(|quotient| quotient * b == a)?,
                Pairing::Floor => floor(a, b)?,
                Pairing::Ceiling => -floor(-a, b)?,
                Pairing::Remainder => a - b * floor(a, b)?,
                Pairing::Larger => a.max(b),
                Pairing::Smaller => a.min(b),
            }
        }
    })
}

proptest! {
    #[test]
    fn whatever_is_shown_is_read_as_the_same(formula in formulas()) {
        prop_assert_eq!(formula.to_string().parse(), Ok(formula));
    }

    #[test]
    fn the_value_is_that_of_a_naive_evaluator(formula in formulas()) {
        let expected = naive(&formula);
        // Where a float is exact.
        prop_assume!(expected.is_none_or(|value| value.abs() < 1 << 40));
        prop_assert_eq!(formula.value(&letters), expected);
    }

    #[test]
    fn numbers_in_place_of_letters_change_no_value(formula in formulas()) {
        let with = formula.with(&letters);
        prop_assert_eq!(with.value(&|_| None), formula.value(&letters));
        prop_assert_eq!(with.to_string().parse(), Ok(with));
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "[mspk0-9+*/(),_ -]{0,24}|[a-z (]{0,24}|.{0,12}") {
        if let Ok(formula) = text.parse::<Formula>() {
            prop_assert_eq!(formula.to_string().parse(), Ok(formula));
        }
    }
}
