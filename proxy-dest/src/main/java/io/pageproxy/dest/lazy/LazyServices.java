package io.pageproxy.dest.lazy;

import io.pageproxy.dest.session.Admissions;
import io.pageproxy.dest.session.DestConfig;
import java.util.Optional;
import java.util.concurrent.Executor;

/**
 * What all lazy sessions share; thread-safe.
 *
 * @param config the configuration
 * @param admissions decides who may have a session
 * @param daemons where sessions without a migration get their daemons from; empty: there are none
 * @param migrations the migrations that wait for a lazy session
 * @param workers threads for blocking work
 */
public record LazyServices(
        DestConfig config,
        Admissions admissions,
        Optional<LazyDaemons> daemons,
        LazyMigrations migrations,
        Executor workers) {}
