//! The words by which a machine says what it does: five vocabularies of `MTConnect` 2.4, and its levels of
//! conditions.
//!
//! A word that a vocabulary does not have is read as `UNAVAILABLE`. Upper and lower case are the same, because
//! conditions are written `FAULT` in SHDR and `Fault` in XML.

use std::convert::Infallible;
use std::str::FromStr;

macro_rules! vocabulary {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal $(| $other:literal)*),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant),+
        }

        impl $name {
            /// Every word.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word as text.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }

            /// These words as a set: one bit for each.
            pub(super) const fn among(words: &[Self]) -> u16 {
                let (mut rest, mut set) = (words, 0);
                while let [word, others @ ..] = rest {
                    set |= word.bit();
                    rest = others;
                }
                set
            }

            /// The bit of this word in a set.
            pub(super) const fn bit(self) -> u16 {
                1 << self as u16
            }
        }

        impl FromStr for $name {
            type Err = Infallible;

            fn from_str(text: &str) -> Result<Self, Infallible> {
                const WORDS: &[(&str, $name)] =
                    &[$(($word, $name::$variant) $(, ($other, $name::$variant))*),+];
                let found = WORDS.iter().find(|(word, _)| word.eq_ignore_ascii_case(text));
                Ok(found.map_or(Self::Unavailable, |(_, word)| *word))
            }
        }
    };
}

vocabulary!(
    /// `AVAILABILITY`: whether the machine can be asked at all.
    Availability {
        /// It can.
        Available = "AVAILABLE",
        /// It cannot.
        Unavailable = "UNAVAILABLE",
    }
);

vocabulary!(
    /// `EXECUTION`: what a path of the controller does with its program.
    Execution {
        /// It could start a program.
        Ready = "READY",
        /// It executes a program.
        Active = "ACTIVE",
        /// Something outside the program stopped it; a person has to act.
        Interrupted = "INTERRUPTED",
        /// The axes are held.
        FeedHold = "FEED_HOLD",
        /// It cannot start a program.
        Stopped = "STOPPED",
        /// The program stopped at an optional stop. `PROGRAM_OPTIONAL_STOP`, a name of earlier versions, is
        /// the same.
        OptionalStop = "OPTIONAL_STOP" | "PROGRAM_OPTIONAL_STOP",
        /// The program stopped itself; a person has to act.
        ProgramStopped = "PROGRAM_STOPPED",
        /// The program has ended.
        ProgramCompleted = "PROGRAM_COMPLETED",
        /// The program waits for an event, and then continues by itself.
        Wait = "WAIT",
        /// Nobody knows.
        Unavailable = "UNAVAILABLE",
    }
);

vocabulary!(
    /// `CONTROLLER_MODE`: how a path of the controller takes its instructions.
    ControllerMode {
        /// From a program.
        Automatic = "AUTOMATIC",
        /// From a person, by hand.
        Manual = "MANUAL",
        /// From a person, as typed blocks.
        ManualDataInput = "MANUAL_DATA_INPUT",
        /// From a program, block by block.
        SemiAutomatic = "SEMI_AUTOMATIC",
        /// From nobody: a person edits a program.
        Edit = "EDIT",
        /// The axes are held. Old agents say it here instead of in `EXECUTION`.
        FeedHold = "FEED_HOLD",
        /// Nobody knows.
        Unavailable = "UNAVAILABLE",
    }
);

vocabulary!(
    /// `FUNCTIONAL_MODE`: what the machine is meant for at the time.
    FunctionalMode {
        /// To make parts.
        Production = "PRODUCTION",
        /// To be prepared for parts.
        Setup = "SETUP",
        /// To be cleared of tools and fixtures.
        Teardown = "TEARDOWN",
        /// To be maintained.
        Maintenance = "MAINTENANCE",
        /// To try a process.
        ProcessDevelopment = "PROCESS_DEVELOPMENT",
        /// Nobody knows.
        Unavailable = "UNAVAILABLE",
    }
);

vocabulary!(
    /// `EMERGENCY_STOP`: whether somebody pressed it.
    EmergencyStop {
        /// Nobody did.
        Armed = "ARMED",
        /// Somebody did.
        Triggered = "TRIGGERED",
        /// Nobody knows.
        Unavailable = "UNAVAILABLE",
    }
);

vocabulary!(
    /// The level of a condition. Later ones are worse.
    ConditionLevel {
        /// Nobody knows.
        Unavailable = "UNAVAILABLE",
        /// All is well.
        Normal = "NORMAL",
        /// It may become a fault.
        Warning = "WARNING",
        /// A person has to act.
        Fault = "FAULT",
    }
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_in_any_case_and_unknown_ones_are_unavailable() {
        for word in Execution::ALL {
            assert_eq!(word.as_str().parse(), Ok(*word));
            assert_eq!(word.as_str().to_lowercase().parse(), Ok(*word));
        }
        assert_eq!("Fault".parse(), Ok(ConditionLevel::Fault));
        assert_eq!("PROGRAM_OPTIONAL_STOP".parse(), Ok(Execution::OptionalStop));
        for unknown in ["", "RUNNING", "ACTIVE ", "ÄCTIVE", "\0"] {
            assert_eq!(unknown.parse(), Ok(Execution::Unavailable), "{unknown:?}");
            assert_eq!(unknown.parse(), Ok(ControllerMode::Unavailable), "{unknown:?}");
            assert_eq!(unknown.parse(), Ok(FunctionalMode::Unavailable), "{unknown:?}");
            assert_eq!(unknown.parse(), Ok(EmergencyStop::Unavailable), "{unknown:?}");
            assert_eq!(unknown.parse(), Ok(ConditionLevel::Unavailable), "{unknown:?}");
            assert_eq!(unknown.parse(), Ok(Availability::Unavailable), "{unknown:?}");
        }
        assert!(ConditionLevel::Fault > ConditionLevel::Warning);
        assert!(ConditionLevel::Normal > ConditionLevel::Unavailable);
    }

    #[test]
    fn a_set_has_one_bit_for_each_word() {
        assert_eq!(Execution::among(&[Execution::Ready, Execution::Interrupted]), 0b101);
        assert_eq!(Execution::among(Execution::ALL).count_ones(), 10);
        assert_eq!(Execution::Active.bit(), 0b10);
    }
}
