/**
 * What {@code source} and {@code migrate} do, made from options but free of them: a task runs in
 * the process of a command, or as a job of a resident source. Depends on the source side and on
 * reports; knows neither picocli nor who asked.
 */
package io.pageproxy.cli.task;
