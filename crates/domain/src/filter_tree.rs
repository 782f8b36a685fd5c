//! Combined filters: conditions of one kind, joined by "and", "or" and "not".

/// A combined filter. `C` is a single condition, such as a comparison with a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilterTree<C> {
    /// A single condition.
    Is(C),
    /// All of these; everything meets it if there are none.
    All(Vec<Self>),
    /// At least one of these; nothing meets it if there are none.
    Any(Vec<Self>),
    /// Not this one.
    Not(Box<Self>),
}

/// What everything meets.
impl<C> Default for FilterTree<C> {
    fn default() -> Self {
        Self::All(Vec::new())
    }
}

impl<C> FilterTree<C> {
    /// This filter and another one.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match self {
            Self::All(mut all) => {
                all.push(other);
                Self::All(all)
            }
            one => Self::All(vec![one, other]),
        }
    }

    /// Its single conditions, from the first to the last.
    pub fn conditions(&self) -> Vec<&C> {
        match self {
            Self::Is(condition) => vec![condition],
            Self::All(each) | Self::Any(each) => each.iter().flat_map(Self::conditions).collect(),
            Self::Not(one) => one.conditions(),
        }
    }

    /// Whether it is met: true, false or unknown (`None`), in the three-valued logic of SQL (ISO/IEC 9075-2, boolean
    /// value expression). `met` says it for a single condition.
    pub fn truth(&self, met: &impl Fn(&C) -> Option<bool>) -> Option<bool> {
        match self {
            Self::Is(condition) => met(condition),
            Self::All(each) => joined(each.iter().map(|one| one.truth(met)), false),
            Self::Any(each) => joined(each.iter().map(|one| one.truth(met)), true),
            Self::Not(one) => one.truth(met).map(|is| !is),
        }
    }
}

/// `deciding` if one of the truths is; otherwise unknown if one of them is; otherwise the opposite.
fn joined(truths: impl Iterator<Item = Option<bool>>, deciding: bool) -> Option<bool> {
    let mut all = Some(!deciding);
    for truth in truths {
        match truth {
            Some(is) if is == deciding => return Some(deciding),
            Some(_) => {}
            None => all = None,
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_conditions_decide_nothing() {
        let tree = |each: &[Option<bool>]| each.iter().copied().map(FilterTree::Is).collect::<Vec<_>>();
        let truth = |tree: FilterTree<Option<bool>>| tree.truth(&|truth| *truth);
        assert_eq!(truth(FilterTree::All(tree(&[Some(true), None]))), None);
        assert_eq!(truth(FilterTree::All(tree(&[None, Some(false)]))), Some(false));
        assert_eq!(truth(FilterTree::Any(tree(&[None, Some(true)]))), Some(true));
        assert_eq!(truth(FilterTree::Any(tree(&[Some(false), None]))), None);
        assert_eq!(truth(FilterTree::Not(Box::new(FilterTree::Is(None)))), None);
        assert_eq!(truth(FilterTree::default()), Some(true));
        assert_eq!(truth(FilterTree::Any(Vec::new())), Some(false));
    }

    #[test]
    fn conditions_come_in_their_order() {
        let one = |n| FilterTree::Is(n);
        let tree = FilterTree::Any(vec![one(1), FilterTree::Not(Box::new(one(2)))]).and(one(3)).and(one(4));
        assert_eq!(tree.conditions(), [&1, &2, &3, &4]);
    }
}
