//! Functions of arrays that let the script compare, in the place of the engine's own.
//!
//! Those swallow what the comparer raises, also that its call is out of time, and go on comparing:
//! only the end of the process ends them. These end with the first error and leave the array as it
//! was.

use rhai::{Array, Dynamic, Engine, FnPtr, NativeCallContext};

use crate::meter::Fallible;

/// Replaces.
pub(crate) fn install(engine: &mut Engine) {
    engine.register_fn("sort", sort).register_fn("sort_by", sort).register_fn("dedup", dedup);
}

/// Sorts by a comparer that answers a number (above nothing when the first comes after the second)
/// or whether they are in order. Equal ones keep their order.
#[expect(clippy::needless_pass_by_value, reason = "as the engine calls it")]
fn sort(context: NativeCallContext<'_>, array: &mut Array, comparer: FnPtr) -> Fallible<()> {
    let mut is_after = |a: usize, b: usize| -> Fallible<bool> {
        let answer = ask(&context, &comparer, &array[a], &array[b])?;
        match (answer.as_int(), answer.as_bool()) {
            (Ok(number), _) => Ok(number > 0),
            (_, Ok(in_order)) => Ok(!in_order),
            _ => Err("a comparer answers a whole number, or true or false".into()),
        }
    };
    let order = merge_sort((0..array.len()).collect(), &mut is_after)?;
    *array = order.into_iter().map(|at| std::mem::take(&mut array[at])).collect();
    Ok(())
}

/// Merge sort, since the library's sorts take no comparison that fails.
fn merge_sort(
    mut left: Vec<usize>,
    is_after: &mut impl FnMut(usize, usize) -> Fallible<bool>,
) -> Fallible<Vec<usize>> {
    if left.len() < 2 {
        return Ok(left);
    }
    let right = left.split_off(left.len() / 2);
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let mut left = merge_sort(left, is_after)?.into_iter().peekable();
    let mut right = merge_sort(right, is_after)?.into_iter().peekable();
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        merged.extend(if is_after(*a, *b)? { right.next() } else { left.next() });
    }
    merged.extend(left.chain(right));
    Ok(merged)
}

/// Removes each element that the comparer says is as the one kept before it.
#[expect(clippy::needless_pass_by_value, reason = "as the engine calls it")]
fn dedup(context: NativeCallContext<'_>, array: &mut Array, comparer: FnPtr) -> Fallible<()> {
    let mut kept: Vec<usize> = Vec::with_capacity(array.len());
    for at in 0..array.len() {
        let is_same = match kept.last() {
            None => false,
            Some(last) => {
                let answer = ask(&context, &comparer, &array[*last], &array[at])?;
                answer.as_bool().unwrap_or(false)
            }
        };
        if !is_same {
            kept.push(at);
        }
    }
    *array = kept.into_iter().map(|at| std::mem::take(&mut array[at])).collect();
    Ok(())
}

fn ask(
    context: &NativeCallContext<'_>,
    comparer: &FnPtr,
    a: &Dynamic,
    b: &Dynamic,
) -> Fallible<Dynamic> {
    comparer.call_raw(context, None, [a.clone(), b.clone()])
}
