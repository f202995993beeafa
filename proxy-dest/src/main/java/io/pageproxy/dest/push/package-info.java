/**
 * Push sessions: the page stream of one dump, from the lanes to the page server, until its images
 * are proven whole and durable. May use lanes, images and page servers; knows no other kind of
 * session.
 */
package io.pageproxy.dest.push;
