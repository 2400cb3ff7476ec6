"""The kinds of things, and which of their fields Jenkins tells when `tree` does not say."""

from __future__ import annotations

FREESTYLE = "hudson.model.FreeStyleProject"
FREESTYLE_BUILD = "hudson.model.FreeStyleBuild"
PIPELINE = "org.jenkinsci.plugins.workflow.job.WorkflowJob"
PIPELINE_BUILD = "org.jenkinsci.plugins.workflow.job.WorkflowRun"
FOLDER = "com.cloudbees.hudson.plugins.folder.Folder"
MULTIBRANCH = "org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject"
INPUT_ACTION = "org.jenkinsci.plugins.workflow.support.steps.input.InputAction"
GIT_ACTION = "hudson.plugins.git.util.BuildData"
APPROVER_ACTION = "org.jenkinsci.plugins.workflow.support.steps.input.ApproverAction"

_DEFINITIONS = "[name,type,description,choices,defaultParameterValue[name,value]]"
_IN_ACTIONS = "[name,type,description,choices,defaultParameterValue[value]]"
_BUILDS = ",".join(
    f"{name}[number,url]"
    for name in (
        "builds",
        "firstBuild",
        "lastBuild",
        "lastCompletedBuild",
        "lastFailedBuild",
        "lastStableBuild",
        "lastSuccessfulBuild",
        "lastUnstableBuild",
        "lastUnsuccessfulBuild",
    )
)
_JOB = (
    f"actions[parameterDefinitions{_IN_ACTIONS}],description,displayName,displayNameOrNull,fullDisplayName,fullName,name,url,"
    f"buildable,{_BUILDS},color,healthReport[description,iconClassName,iconUrl,score],inQueue,keepDependencies,"
    f"nextBuildNumber,property[parameterDefinitions{_DEFINITIONS},branch],queueItem,concurrentBuild,disabled"
)
_ACTIONS = "actions[parameters[name,value],causes[shortDescription,userId,userName]]"
_BUILD = (
    f"{_ACTIONS},artifacts,building,description,displayName,duration,estimatedDuration,executor,fullDisplayName,id,"
    "inProgress,keepLog,number,queueId,result,timestamp,url,culprits"
)
VIEWS = {
    FREESTYLE: f"{_JOB},downstreamProjects,labelExpression,scm,upstreamProjects",
    PIPELINE: f"{_JOB},resumeBlocked",
    FREESTYLE_BUILD: f"{_BUILD},builtOn,changeSet",
    PIPELINE_BUILD: f"{_BUILD},changeSets,nextBuild[number,url],previousBuild[number,url]",
    FOLDER: "actions,description,displayName,displayNameOrNull,fullDisplayName,fullName,name,url,healthReport,jobs[name,url,color],primaryView,views",
    "hudson.model.Hudson": "assignedLabels,mode,nodeDescription,nodeName,numExecutors,description,jobs[name,url,color],overallLoad,primaryView,quietDownReason,quietingDown,slaveAgentPort,unlabeledLoad,url,useCrumbs,useSecurity,views",
    "hudson.model.Queue": "discoverableItems,items[id]",
}
VIEWS[MULTIBRANCH] = f"{VIEWS[FOLDER]},buildable,sources"
