package io.pageproxy.app;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import java.util.concurrent.CompletionStage;

/** Allowed dependencies between modules and packages, and calls that only one class may make. */
@AnalyzeClasses(
        packages = "io.pageproxy",
        importOptions = {DoNotIncludeTests.class, ArchitectureTest.DoNotIncludeTestJars.class})
class ArchitectureTest {
    /**
     * Fixtures that the tests of other modules use come from a jar once Maven has packaged them.
     */
    static final class DoNotIncludeTestJars implements ImportOption {
        @Override
        public boolean includes(Location location) {
            return !location.contains("-tests.jar");
        }
    }

    private static final String SOURCE = "io.pageproxy.source..";
    private static final String DEST = "io.pageproxy.dest..";
    private static final String CERTS = "io.pageproxy.certs..";
    private static final String SIMULATOR = "io.pageproxy.simulator..";
    private static final String APP = "io.pageproxy.app..";
    private static final String CLI = "io.pageproxy..cli..";

    private static final DescribedPredicate<JavaClass> COMMON =
            resideInAPackage("io.pageproxy..")
                    .and(not(resideInAnyPackage(SOURCE, DEST, CERTS, SIMULATOR, APP, CLI)))
                    .as("common");

    @ArchTest
    static final ArchRule commonDependsOnNeitherSide =
            noClasses()
                    .that(COMMON)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(SOURCE, DEST, CERTS, SIMULATOR, APP);

    @ArchTest
    static final ArchRule sourceDependsOnlyOnCommon =
            noClasses()
                    .that()
                    .resideInAPackage(SOURCE)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(DEST, CERTS, SIMULATOR, APP);

    @ArchTest
    static final ArchRule destinationDependsOnlyOnCommon =
            noClasses()
                    .that()
                    .resideInAPackage(DEST)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(SOURCE, CERTS, SIMULATOR, APP);

    @ArchTest
    static final ArchRule examplePkiDependsOnNoProxy =
            noClasses()
                    .that()
                    .resideInAPackage(CERTS)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(SOURCE, DEST, SIMULATOR, APP);

    @ArchTest
    static final ArchRule onlyTheAppDependsOnTheCommandLine =
            noClasses()
                    .that()
                    .resideOutsideOfPackages(CLI, APP)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(CLI, APP);

    @ArchTest
    static final ArchRule onlyTheCommandLineUsesPicocli =
            noClasses()
                    .that()
                    .resideOutsideOfPackages(CLI, APP)
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("picocli..");

    @ArchTest
    static final ArchRule packagesAreFreeOfCycles =
            slices().matching("io.pageproxy.(**)").should().beFreeOfCycles();

    /** A type here is a top-level class with everything nested in it. */
    @ArchTest
    static final ArchRule typesAreFreeOfCycles =
            slices().assignedFrom(
                            new SliceAssignment() {
                                @Override
                                public String getDescription() {
                                    return "top-level types";
                                }

                                @Override
                                public SliceIdentifier getIdentifierOf(JavaClass javaClass) {
                                    return javaClass.getPackageName().startsWith("io.pageproxy")
                                            ? SliceIdentifier.of(
                                                    javaClass.getName().replaceFirst("\\$.*", ""))
                                            : SliceIdentifier.ignore();
                                }
                            })
                    .should()
                    .beFreeOfCycles();

    @ArchTest
    static final ArchRule onlyProcessPackagesUseJna =
            noClasses()
                    .that()
                    .resideOutsideOfPackages(
                            "io.pageproxy.posix..", "io.pageproxy.process..", "io.pageproxy.criu..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("com.sun.jna..");

    @ArchTest
    static final ArchRule onlyTlsAndCertificatesUseBouncyCastle =
            noClasses()
                    .that()
                    .resideOutsideOfPackages(
                            "io.pageproxy.certificate..",
                            "io.pageproxy.peer..",
                            "io.pageproxy.tls..",
                            CERTS)
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("org.bouncycastle..");

    /** Its start is most of what it costs. */
    @ArchTest
    static final ArchRule clientOfAResidentSourceUsesLittleButTheJdk =
            noClasses()
                    .that()
                    .resideInAPackage("io.pageproxy.cli.client..")
                    .should()
                    .dependOnClassesThat(
                            not(resideInAnyPackage("java..", "io.pageproxy.cli.client.."))
                                    .and(not(classNamed("io.pageproxy.cli.Termination")))
                                    .and(not(classNamed("io.pageproxy.text.JsonReader"))));

    @ArchTest
    static final ArchRule onlyThePolicyUsesYaml =
            noClasses()
                    .that()
                    .resideOutsideOfPackage("io.pageproxy.dest.policy..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("org.snakeyaml..");

    /** It is loaded only where there is a terminal. */
    @ArchTest
    static final ArchRule onlyProgressUsesJline =
            noClasses()
                    .that()
                    .resideOutsideOfPackage("io.pageproxy.cli.progress..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("org.jline..");

    @ArchTest
    static final ArchRule onlyMainCallsExit =
            noClasses()
                    .that(
                            not(classNamed("io.pageproxy.app.Main"))
                                    .and(not(classNamed("io.pageproxy.app.ClientMain"))))
                    .should()
                    .callMethod(System.class, "exit", int.class)
                    .orShould()
                    .callMethod(Runtime.class, "exit", int.class);

    @ArchTest
    static final ArchRule onlyTerminationCallsHalt =
            noClasses()
                    .that(not(classNamed("io.pageproxy.cli.Termination")))
                    .should()
                    .callMethod(Runtime.class, "halt", int.class);

    /** If a reaction fails and nobody holds its future, the exception is lost. */
    @ArchTest
    static final ArchRule reactionsToFuturesHaveAnOwner =
            noClasses()
                    .that(not(classNamed("io.pageproxy.async.Reactions")))
                    .should()
                    .callMethodWhere(
                            describe(
                                    "chains a reaction to a future, other than by Reactions",
                                    call ->
                                            call.getTargetOwner()
                                                            .isAssignableTo(CompletionStage.class)
                                                    && call.getName()
                                                            .matches(
                                                                    "(thenRun|thenAccept"
                                                                            + "|whenComplete)"
                                                                            + "(Async)?")));

    @ArchTest
    static final ArchRule onlyInitializersAssemblePipelines =
            noClasses()
                    .that(
                            not(assignableTo(ChannelInitializer.class))
                                    .and(not(classNamed("io.pageproxy.net.AdoptedSockets"))))
                    .should()
                    .callMethodWhere(
                            describe(
                                    "adds a handler to a pipeline",
                                    call ->
                                            call.getTargetOwner()
                                                            .isAssignableTo(ChannelPipeline.class)
                                                    && call.getName().startsWith("add")));

    private static DescribedPredicate<JavaClass> classNamed(String name) {
        return describe(
                name,
                javaClass ->
                        javaClass.getName().equals(name)
                                || javaClass.getName().startsWith(name + "$"));
    }
}
