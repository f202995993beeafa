package io.pageproxy.async;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * Attaches callbacks to futures. A callback attached with {@code thenRun} or {@code thenAccept}
 * whose result is dropped fails silently: it is skipped if the future fails, and its own exceptions
 * are lost. Here every callback names an owner that handles both failures. The rest of the code
 * must not attach callbacks in any other way (checked by ArchitectureTest).
 */
public final class Reactions {
    private Reactions() {}

    /**
     * Runs a callback on the thread that completes the future, or on the calling thread if it is
     * already complete.
     *
     * @param owner called if the future fails or the callback throws
     */
    public static <T> void when(
            CompletableFuture<T> future, Consumer<? super T> reaction, Consumer<Throwable> owner) {
        when(future, Runnable::run, reaction, owner);
    }

    /**
     * Runs a callback on an executor. If the executor rejects the task, the owner is called on the
     * completing thread.
     *
     * @param owner called if the future fails or the callback throws
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

    /** Runs a callback when the future completes, normally or not; the callback must not throw. */
    public static void whenDone(CompletableFuture<?> future, Runnable reaction) {
        future.whenComplete((value, failure) -> reaction.run());
    }

    /** Wraps an executor so that exceptions thrown by its tasks are passed to an owner. */
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

    /** Returns the cause of a failure without the wrappers that futures add. */
    public static Throwable causeOf(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null
                ? failure.getCause()
                : failure;
    }
}
