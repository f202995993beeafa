/**
 * What a session is on either side: its name, why it ended, what it is told in the end. Depends on
 * the page stream's types only.
 */
package io.pageproxy.session;
