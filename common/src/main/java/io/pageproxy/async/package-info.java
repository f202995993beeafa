/** What follows the completion of something, with an owner for whatever goes wrong in it. */
package io.pageproxy.async;
