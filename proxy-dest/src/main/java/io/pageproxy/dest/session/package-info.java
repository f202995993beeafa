/**
 * What every kind of session of a destination shares: its configuration and limits, the facts for
 * its report, and how blocking work leaves its event loop and comes back. Knows no session class.
 */
package io.pageproxy.dest.session;
