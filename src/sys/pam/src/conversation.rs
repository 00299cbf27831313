//! What PAM's modules ask, and are told: the password, whatever the question.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::marker::PhantomData;

const PAM_SUCCESS: c_int = crate::library::PAM_SUCCESS;
const PAM_BUF_ERR: c_int = 5;
const PAM_CONV_ERR: c_int = 19;
/// Most questions at once (`PAM_MAX_NUM_MSG`).
const QUESTIONS_MAX: usize = 32;
/// Styles: questions whose answers are shown while they are typed, or not, and what needs no answer.
const PAM_PROMPT_ECHO_OFF: c_int = 1;
const PAM_PROMPT_ECHO_ON: c_int = 2;
const PAM_ERROR_MSG: c_int = 3;
const PAM_TEXT_INFO: c_int = 4;

/// `struct pam_message`
#[repr(C)]
pub(crate) struct Question {
    style: c_int,
    text: *const c_char,
}

/// `struct pam_response`
#[repr(C)]
pub(crate) struct Answer {
    text: *mut c_char,
    unused: c_int,
}

/// `struct pam_conv`
#[repr(C)]
pub(crate) struct Conversation<'a> {
    answer: unsafe extern "C" fn(c_int, *const *const Question, *mut *mut Answer, *mut c_void) -> c_int,
    /// The password.
    data: *mut c_void,
    lives: PhantomData<&'a CStr>,
}

impl<'a> Conversation<'a> {
    pub(crate) fn answering(password: &'a CStr) -> Conversation<'a> {
        Conversation { answer, data: password.as_ptr().cast_mut().cast(), lives: PhantomData }
    }
}

/// Gives PAM answers that it frees: the password for each question.
///
/// # Safety
/// As pam_conv(3) says: so many questions, a place, and what the conversation has.
unsafe extern "C" fn answer(
    count: c_int,
    questions: *const *const Question,
    answers: *mut *mut Answer,
    password: *mut c_void,
) -> c_int {
    let Some(count) = usize::try_from(count).ok().filter(|count| (1..=QUESTIONS_MAX).contains(count)) else {
        return PAM_CONV_ERR;
    };
    // SAFETY: so many pointers to questions, by the caller's contract
    let styles = (0..count).map(|index| unsafe { (**questions.add(index)).style });
    let mut wanted = [false; QUESTIONS_MAX];
    for (wants, style) in wanted.iter_mut().zip(styles) {
        *wants = match style {
            PAM_PROMPT_ECHO_OFF | PAM_PROMPT_ECHO_ON => true,
            PAM_ERROR_MSG | PAM_TEXT_INFO => false,
            _ => return PAM_CONV_ERR,
        };
    }
    // SAFETY: calloc(3); PAM frees it
    let given = unsafe { libc::calloc(count, size_of::<Answer>()) }.cast::<Answer>();
    if given.is_null() {
        return PAM_BUF_ERR;
    }
    for (index, _) in wanted.iter().enumerate().filter(|(_, wants)| **wants) {
        // SAFETY: there are so many, and the password is a string; PAM frees the copy, and takes null for no answer
        unsafe { (*given.add(index)).text = libc::strdup(password.cast()) };
    }
    // SAFETY: a place, by the caller's contract
    unsafe { *answers = given };
    PAM_SUCCESS
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ptr::null_mut;

    fn ask(styles: &[c_int]) -> Result<Vec<Option<String>>, c_int> {
        let questions: Vec<Question> =
            styles.iter().map(|style| Question { style: *style, text: c"?".as_ptr() }).collect();
        let pointers: Vec<*const Question> = questions.iter().map(std::ptr::from_ref).collect();
        let conversation = Conversation::answering(c"secret");
        let mut answers = null_mut();
        let count = c_int::try_from(styles.len()).unwrap();
        // SAFETY: questions, a place and a password, as pam_conv(3) wants them
        let code = unsafe { (conversation.answer)(count, pointers.as_ptr(), &mut answers, conversation.data) };
        if code != PAM_SUCCESS {
            return Err(code);
        }
        // SAFETY: so many answers, which are ours to free
        let texts = (0..styles.len()).map(|index| unsafe {
            let text = (*answers.add(index)).text;
            let copy = crate::text_of(text);
            libc::free(text.cast());
            copy
        });
        let texts = texts.collect();
        // SAFETY: calloc's, for the last time
        unsafe { libc::free(answers.cast()) };
        Ok(texts)
    }

    #[test]
    fn questions_are_answered_and_what_is_none_is_heard() {
        let password = || Some("secret".to_owned());
        assert_eq!(ask(&[PAM_PROMPT_ECHO_OFF]), Ok(vec![password()]));
        assert_eq!(ask(&[PAM_TEXT_INFO, PAM_PROMPT_ECHO_ON, PAM_ERROR_MSG]), Ok(vec![None, password(), None]));
        assert_eq!(ask(&[PAM_PROMPT_ECHO_ON, 7]), Err(PAM_CONV_ERR));
        assert_eq!(ask(&[]), Err(PAM_CONV_ERR));
        assert_eq!(ask(&[PAM_TEXT_INFO; QUESTIONS_MAX + 1]), Err(PAM_CONV_ERR));
    }
}
