package io.pageproxy.async;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * What is done when a future completes. A reaction chained to a future by {@code thenRun} or {@code
 * thenAccept} whose own future is dropped fails without anyone hearing of it: where the future
 * fails it is skipped, and what it throws is lost. Here each reaction names an owner, who hears of
 * both. The rest of the code may chain no other reactions (ArchitectureTest).
 */
public final class Reactions {
    private Reactions() {}

    /**
     * Reacts on the thread that completes the future, or on this one where it is complete already.
     *
     * @param owner is told where the future fails or the reaction throws
     */
    public static <T> void when(
            CompletableFuture<T> future, Consumer<? super T> reaction, Consumer<Throwable> owner) {
        when(future, Runnable::run, reaction, owner);
    }

    /**
     * Reacts on an executor. Where that takes no more tasks the owner is told so on the completing
     * thread.
     *
     * @param owner is told where the future fails or the reaction throws
     */
    public static <T> void when(
            CompletableFuture<T> future,
            Executor executor,
            Consumer<? super T> reaction,
            Consumer<Throwable> owner) {
        future.whenComplete(
                (value, failure) -> {
                    try {
                        executor.execute(() -> react(value, failure, reaction, owner));
                    } catch (RuntimeException | Error e) {
                        owner.accept(e);
                    }
                });
    }

    private static <T> void react(
            T value, Throwable failure, Consumer<? super T> reaction, Consumer<Throwable> owner) {
        if (failure != null) {
            owner.accept(causeOf(failure));
            return;
        }
        try {
            reaction.accept(value);
        } catch (RuntimeException | Error e) {
            owner.accept(e);
        }
    }

    /** Does the same when it has completed, however it has; that must not throw. */
    public static void whenDone(CompletableFuture<?> future, Runnable reaction) {
        future.whenComplete((value, failure) -> reaction.run());
    }

    /** The same executor, but what a task throws is told to an owner. */
    public static Executor owned(Executor executor, Consumer<Throwable> owner) {
        return task ->
                executor.execute(
                        () -> {
                            try {
                                task.run();
                            } catch (RuntimeException | Error e) {
                                owner.accept(e);
                            }
                        });
    }

    /** What has failed, without what futures wrap around it. */
    public static Throwable causeOf(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null
                ? failure.getCause()
                : failure;
    }
}
