package io.pageproxy.process;

import com.sun.jna.Native;
import io.pageproxy.posix.LibC;
import io.pageproxy.posix.Posix;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** The real libc with one function replaced and a record of the calls. */
public final class TestLibC {
    static final int EMFILE = 24;
    static final int ECHILD = 10;

    /** Replaces a function; {@code real} calls the original. */
    public interface Replacement {
        Object call(Object[] arguments, RealCall real);
    }

    /** Calls the replaced function. */
    public interface RealCall {
        Object call();
    }

    public final List<String> calls = Collections.synchronizedList(new ArrayList<>());
    public final LibC libc;

    public TestLibC(String function, Replacement replacement) throws Exception {
        LibC real = Posix.libc();
        libc =
                (LibC)
                        Proxy.newProxyInstance(
                                LibC.class.getClassLoader(),
                                new Class<?>[] {LibC.class},
                                (proxy, method, arguments) -> {
                                    calls.add(method.getName() + text(arguments));
                                    RealCall call = () -> invoke(real, method, arguments);
                                    return method.getName().equals(function)
                                            ? replacement.call(arguments, call)
                                            : call.call();
                                });
    }

    /** A replacement that fails with an error number. */
    public static Replacement failing(int errorNumber) {
        return (arguments, real) -> {
            Native.setLastError(errorNumber);
            return -1;
        };
    }

    private static String text(Object[] arguments) {
        return arguments == null ? "[]" : Arrays.deepToString(arguments);
    }

    private static Object invoke(LibC real, Method method, Object[] arguments) {
        try {
            return method.invoke(real, arguments);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw new IllegalStateException(e.getCause());
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }
}
