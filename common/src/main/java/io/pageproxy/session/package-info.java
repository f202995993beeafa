/**
 * Session concepts shared by both sides: names, timeouts, close reasons, outcomes and reports.
 * Depends only on the types of the page stream.
 */
package io.pageproxy.session;
