//! What librdkafka hands out, given back when it is dropped.

use std::ffi::{CString, c_char};
use std::ptr::{self, NonNull};

use rdkafka::bindings as sys;
use rdkafka::client::{Client, ClientContext};

/// Defines an owner of a pointer that a function of librdkafka frees.
macro_rules! owner {
    ($(#[$doc:meta])* $name:ident, $of:ty, $free:path) => {
        $(#[$doc])*
        pub(crate) struct $name(NonNull<$of>);

        impl $name {
            pub(crate) const fn ptr(&self) -> *mut $of {
                self.0.as_ptr()
            }
        }

        impl Drop for $name {
            fn drop(&mut self) {
                // SAFETY: it came from librdkafka, is owned by this value alone and freed once.
                unsafe { $free(self.ptr()) }
            }
        }
    };
}

owner!(
    /// Names of topics.
    Topics, sys::rd_kafka_TopicCollection_t, sys::rd_kafka_TopicCollection_destroy
);
owner!(
    /// How a request is made.
    Options, sys::rd_kafka_AdminOptions_t, sys::rd_kafka_AdminOptions_destroy
);
owner!(
    /// Where an answer comes.
    Queue, sys::rd_kafka_queue_t, sys::rd_kafka_queue_destroy
);
owner!(
    /// An answer.
    Event, sys::rd_kafka_event_t, sys::rd_kafka_event_destroy
);

impl Topics {
    pub(crate) fn of(names: &[CString]) -> Option<Self> {
        let mut pointers: Vec<*const c_char> = names.iter().map(|name| name.as_ptr()).collect();
        // SAFETY: the pointers are to strings that outlive the call, which copies them.
        let topics = unsafe {
            sys::rd_kafka_TopicCollection_of_topic_names(pointers.as_mut_ptr(), pointers.len())
        };
        NonNull::new(topics).map(Self)
    }
}

impl Options {
    pub(crate) fn new<C: ClientContext>(client: &Client<C>, timeout_millis: i32) -> Option<Self> {
        let kind = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS;
        // SAFETY: the client is alive.
        let options = unsafe { sys::rd_kafka_AdminOptions_new(client.native_ptr(), kind) };
        let options = NonNull::new(options).map(Self)?;
        // SAFETY: the options are alive; without room for a message none is written. A time that is
        // refused leaves the default, and the caller's own limit holds.
        unsafe {
            sys::rd_kafka_AdminOptions_set_request_timeout(
                options.ptr(),
                timeout_millis,
                ptr::null_mut(),
                0,
            );
        }
        Some(options)
    }
}

impl Queue {
    pub(crate) fn new<C: ClientContext>(client: &Client<C>) -> Option<Self> {
        // SAFETY: the client is alive.
        let queue = unsafe { sys::rd_kafka_queue_new(client.native_ptr()) };
        NonNull::new(queue).map(Self)
    }

    /// The next event, waited for so long.
    pub(crate) fn poll(&self, timeout_millis: i32) -> Option<Event> {
        // SAFETY: the queue is alive; the event is the caller's.
        let event = unsafe { sys::rd_kafka_queue_poll(self.ptr(), timeout_millis) };
        NonNull::new(event).map(Event)
    }
}
